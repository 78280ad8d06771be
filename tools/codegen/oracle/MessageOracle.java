// Answers with what Kafka's own message classes say: one request a line on standard input, one answer a line on standard output.
//
//   errors                              -> JSON: the table of error codes
//   definition <Message>                -> JSON string: the definition of a message, such as ProduceRequest
//   encode <Message> <version> <JSON>   -> hexadecimal
//   extend <Message> <version> <JSON>   -> hexadecimal, with an unknown tagged field in every struct
//   echo <Message> <version> <hex>      -> hexadecimal: the bytes read and written again
//
// An answer that begins with "!" is an error.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HexFormat;
import org.apache.kafka.common.errors.InvalidMetadataException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.protocol.Readable;
import org.apache.kafka.common.protocol.types.RawTaggedField;

public class MessageOracle {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String MESSAGES = "org.apache.kafka.common.message.";
    private static final int UNKNOWN_TAG = 9999;

    public static void main(String[] args) throws Exception {
        var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            try {
                out.println(answer(line.split(" ", 4)));
            } catch (Throwable error) {
                Throwable cause = error.getCause() == null ? error : error.getCause();
                out.println("!" + cause.toString().replace('\n', ' '));
            }
        }
    }

    private static String answer(String[] request) throws Exception {
        return switch (request[0]) {
            case "errors" -> errors();
            case "definition" -> JSON.writeValueAsString(definition(request[1]));
            case "encode" -> hex(read(request[1], Short.parseShort(request[2]), request[3]), Short.parseShort(request[2]));
            case "extend" -> {
                var message = read(request[1], Short.parseShort(request[2]), request[3]);
                extend(message);
                yield hex(message, Short.parseShort(request[2]));
            }
            case "echo" -> echo(request[1], Short.parseShort(request[2]), request[3]);
            default -> throw new IllegalArgumentException("unknown request " + request[0]);
        };
    }

    private static String errors() {
        ArrayNode rows = JSON.createArrayNode();
        for (Errors error : Errors.values()) {
            rows.addObject()
                .put("code", error.code())
                .put("name", error.name())
                .put("retriable", error.exception() instanceof RetriableException)
                .put("refresh", error.exception() instanceof InvalidMetadataException);
        }
        return rows.toString();
    }

    private static String definition(String name) throws Exception {
        try (InputStream file = Message.class.getResourceAsStream("/common/message/" + name + ".json")) {
            if (file == null) throw new IllegalArgumentException("no message " + name);
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static Message read(String name, short version, String json) throws Exception {
        Method read = Class.forName(MESSAGES + name + "DataJsonConverter").getMethod("read", JsonNode.class, short.class);
        return (Message) read.invoke(null, JSON.readTree(json), version);
    }

    private static String hex(Message message, short version) {
        ByteBuffer buffer = MessageUtil.toByteBufferAccessor(message, version).buffer();
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private static String echo(String name, short version, String hex) throws Exception {
        Class<?> type = Class.forName(MESSAGES + name + "Data");
        var bytes = new ByteBufferAccessor(ByteBuffer.wrap(HexFormat.of().parseHex(hex)));
        Message message = (Message) type.getConstructor(Readable.class, short.class).newInstance(bytes, version);
        if (bytes.remaining() > 0) throw new IllegalStateException(bytes.remaining() + " bytes left over");
        return hex(message, version);
    }

    /** Adds a tagged field that nobody knows to a struct and to every struct below it. */
    private static void extend(Message message) throws Exception {
        message.unknownTaggedFields().add(new RawTaggedField(UNKNOWN_TAG, new byte[] {1, 2, 3}));
        for (Method getter : message.getClass().getDeclaredMethods()) {
            if (getter.getParameterCount() != 0 || getter.getName().equals("unknownTaggedFields")) continue;
            if (Message.class.isAssignableFrom(getter.getReturnType()) && !getter.getName().equals("duplicate")) {
                Message struct = (Message) getter.invoke(message);
                // A struct of defaults may be one that the version does not have.
                if (!struct.equals(struct.getClass().getConstructor().newInstance())) extend(struct);
            } else if (Collection.class.isAssignableFrom(getter.getReturnType())) {
                extendAll((Collection<?>) getter.invoke(message));
            }
        }
    }

    private static void extendAll(Collection<?> elements) throws Exception {
        if (elements == null) return;
        for (Object element : elements) {
            if (element instanceof Message message) extend(message);
        }
    }
}
