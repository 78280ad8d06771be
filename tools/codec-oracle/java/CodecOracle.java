// Kafka's own codecs and serializers, asked over standard input: request and answer are length-prefixed bytes.
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.UUID;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.serialization.DoubleSerializer;
import org.apache.kafka.common.serialization.IntegerSerializer;
import org.apache.kafka.common.serialization.LongSerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.serialization.UUIDSerializer;
import org.apache.kafka.common.utils.BufferSupplier;
import org.apache.kafka.common.utils.ByteBufferOutputStream;

public class CodecOracle {
    private static final byte MAGIC = 2;

    public static void main(String[] args) throws Exception {
        DataInputStream in = new DataInputStream(new BufferedInputStream(System.in));
        DataOutputStream out = new DataOutputStream(System.out);
        while (true) {
            char verb;
            try {
                verb = (char) in.readUnsignedByte();
            } catch (EOFException end) {
                return;
            }
            String name = in.readUTF();
            int level = in.readInt();
            byte[] input = in.readNBytes(in.readInt());
            byte[] answer;
            boolean ok = true;
            try {
                answer = answer(verb, name, level, input);
            } catch (Exception | AssertionError e) {
                ok = false;
                answer = String.valueOf(e).getBytes("UTF-8");
            }
            out.writeBoolean(ok);
            out.writeInt(answer.length);
            out.write(answer);
            out.flush();
        }
    }

    private static byte[] answer(char verb, String name, int level, byte[] input) throws Exception {
        switch (verb) {
            case 'c': return compress(codec(name, level), input);
            case 'd': return decompress(codec(name, level), input);
            case 's': return serialize(name, new String(input, "UTF-8"));
            default: throw new IllegalArgumentException("verb " + verb);
        }
    }

    /** Level -128 is Kafka's default. */
    private static Compression codec(String name, int level) {
        if (level == -128) return Compression.of(CompressionType.forName(name)).build();
        switch (name) {
            case "gzip": return Compression.gzip().level(level).build();
            case "lz4": return Compression.lz4().level(level).build();
            case "zstd": return Compression.zstd().level(level).build();
            default: throw new IllegalArgumentException(name + " has no levels");
        }
    }

    private static byte[] compress(Compression codec, byte[] input) throws Exception {
        ByteBufferOutputStream buffer = new ByteBufferOutputStream(512);
        try (OutputStream out = codec.wrapForOutput(buffer, MAGIC)) {
            out.write(input);
        }
        ByteBuffer written = buffer.buffer();
        written.flip();
        byte[] bytes = new byte[written.remaining()];
        written.get(bytes);
        return bytes;
    }

    private static byte[] decompress(Compression codec, byte[] input) throws Exception {
        ByteBuffer buffer = ByteBuffer.wrap(input);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (InputStream in = codec.wrapForInput(buffer, MAGIC, BufferSupplier.NO_CACHING)) {
            in.transferTo(bytes);
        }
        // The LZ4 stream reads through a view of its own and leaves the position where it was.
        if (buffer.position() > 0 && buffer.hasRemaining()) throw new AssertionError(buffer.remaining() + " bytes left");
        return bytes.toByteArray();
    }

    private static byte[] serialize(String name, String value) {
        switch (name) {
            case "string": return new StringSerializer().serialize("t", value);
            case "uuid": return new UUIDSerializer().serialize("t", UUID.fromString(value));
            case "int32": return new IntegerSerializer().serialize("t", Integer.valueOf(value));
            case "int64": return new LongSerializer().serialize("t", Long.valueOf(value));
            case "float64": return new DoubleSerializer().serialize("t", Double.valueOf(value));
            default: throw new IllegalArgumentException(name);
        }
    }
}
