// What Kafka's own classes make of record batches: one line of JSON in, one line of JSON out, bytes in hexadecimal.
//
//   {"read": "<bytes>"}                          the batches, checked, and their records
//   {"write": {<fields>, "records": [...]}}      the bytes of one batch by MemoryRecordsBuilder
//
// Run: java -cp '<folder of jars>/*' RecordBatches.java
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.utils.ByteBufferOutputStream;
import org.apache.kafka.common.utils.Utils;

public class RecordBatches {
    static final ObjectMapper JSON = new ObjectMapper();
    static final HexFormat HEX = HexFormat.of();

    public static void main(String[] arguments) throws Exception {
        var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            System.out.println(answer(JSON.readTree(line)));
        }
    }

    static JsonNode answer(JsonNode question) {
        try {
            return question.has("read") ? read(HEX.parseHex(question.get("read").asText())) : write(question.get("write"));
        } catch (Exception error) {
            return JSON.createObjectNode().put("error", error.toString());
        }
    }

    static JsonNode read(byte[] bytes) {
        ArrayNode batches = JSON.createArrayNode();
        for (MutableRecordBatch batch : MemoryRecords.readableRecords(ByteBuffer.wrap(bytes)).batches()) {
            batch.ensureValid();
            batches.add(describe(batch));
        }
        return batches;
    }

    static ObjectNode describe(MutableRecordBatch batch) {
        // Longs are strings: a number in JSON is a double to most readers.
        ObjectNode fields = JSON.createObjectNode();
        fields.put("baseOffset", Long.toString(batch.baseOffset()));
        fields.put("byteLength", batch.sizeInBytes());
        fields.put("partitionLeaderEpoch", batch.partitionLeaderEpoch());
        fields.put("crc", batch.checksum());
        fields.put("codecId", batch.compressionType().id);
        fields.put("logAppendTime", batch.timestampType() == TimestampType.LOG_APPEND_TIME);
        fields.put("transactional", batch.isTransactional());
        fields.put("control", batch.isControlBatch());
        fields.put("lastOffset", Long.toString(batch.lastOffset()));
        fields.put("baseTimestamp", Long.toString(((DefaultRecordBatch) batch).baseTimestamp()));
        fields.put("maxTimestamp", Long.toString(batch.maxTimestamp()));
        fields.put("producerId", Long.toString(batch.producerId()));
        fields.put("producerEpoch", batch.producerEpoch());
        fields.put("baseSequence", batch.baseSequence());
        fields.put("recordCount", batch.countOrNull());
        ArrayNode records = fields.putArray("records");
        for (Record record : batch) {
            record.ensureValid();
            records.add(describe(record));
        }
        return fields;
    }

    static ObjectNode describe(Record record) {
        ObjectNode fields = JSON.createObjectNode();
        fields.put("offset", Long.toString(record.offset()));
        fields.put("sequence", record.sequence());
        fields.put("timestamp", Long.toString(record.timestamp()));
        fields.put("byteLength", record.sizeInBytes());
        fields.put("key", hex(Utils.toNullableArray(record.key())));
        fields.put("value", hex(Utils.toNullableArray(record.value())));
        ArrayNode headers = fields.putArray("headers");
        for (Header header : record.headers()) {
            headers.addArray().add(hex(header.key().getBytes(StandardCharsets.UTF_8))).add(hex(header.value()));
        }
        return fields;
    }

    static JsonNode write(JsonNode batch) {
        var type = batch.path("logAppendTime").asBoolean() ? TimestampType.LOG_APPEND_TIME : TimestampType.CREATE_TIME;
        var compression = Compression.of(CompressionType.forId(batch.path("codecId").asInt())).build();
        var output = new ByteBufferOutputStream(1024);
        var builder = MemoryRecords.builder(output.buffer(), (byte) 2, compression, type, batch.path("baseOffset").asLong(),
            batch.path("logAppendTimestamp").asLong(-1), batch.path("producerId").asLong(-1),
            (short) batch.path("producerEpoch").asInt(-1), batch.path("baseSequence").asInt(-1),
            batch.path("transactional").asBoolean(), batch.path("partitionLeaderEpoch").asInt(-1));
        for (JsonNode record : batch.get("records")) {
            builder.append(record.get("timestamp").asLong(), bytes(record.get("key")), bytes(record.get("value")), headers(record));
        }
        ByteBuffer written = builder.build().buffer();
        byte[] bytes = new byte[written.remaining()];
        written.get(bytes);
        return JSON.createObjectNode().put("bytes", HEX.formatHex(bytes));
    }

    static Header[] headers(JsonNode record) {
        var pairs = record.path("headers");
        var headers = new Header[pairs.size()];
        for (int index = 0; index < headers.length; index++) {
            JsonNode pair = pairs.get(index);
            headers[index] = new RecordHeader(new String(bytes(pair.get(0)), StandardCharsets.UTF_8), bytes(pair.get(1)));
        }
        return headers;
    }

    static byte[] bytes(JsonNode hex) {
        return hex == null || hex.isNull() ? null : HEX.parseHex(hex.asText());
    }

    static String hex(byte[] bytes) {
        return bytes == null ? null : HEX.formatHex(bytes);
    }
}
