// Reads what went over the wire with the classes with which Kafka's brokers and clients read it.
//
// Standard input: a line for each frame, in order: "client" or "server", the connection's name, the frame in base64 without its length.
// Standard output, at the end of the input: {"rows": [{"api", "version", "requests", "responses", "bytes", "batches", "records"}],
// "problems": [...]}. Every request must be read to its last byte and be, written again, the same bytes; its record batches must be valid as
// brokers demand; every answer must be read to its last byte.

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ApiVersionsResponse;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.RequestHeader;

public final class WireCheck {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Map<String, Queue<RequestHeader>> unanswered = new HashMap<>();
    private final Map<String, ObjectNode> rows = new TreeMap<>();
    private final ArrayNode problems = JSON.createArrayNode();

    public static void main(String[] args) throws Exception {
        WireCheck check = new WireCheck();
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            check.frame(line.split(" ", 3));
        }
        ObjectNode verdict = JSON.createObjectNode();
        verdict.putArray("rows").addAll(check.rows.values());
        verdict.set("problems", check.problems);
        System.out.println(verdict);
    }

    private void frame(String[] parts) {
        Queue<RequestHeader> waiting = unanswered.computeIfAbsent(parts[1], name -> new ArrayDeque<>());
        ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(parts[2]));
        try {
            if (parts[0].equals("client")) request(bytes, waiting);
            else response(bytes, waiting.remove());
        } catch (Throwable error) {
            problems.add(parts[0] + " " + parts[1] + ": " + error);
        }
    }

    private void request(ByteBuffer bytes, Queue<RequestHeader> waiting) {
        ByteBuffer original = bytes.duplicate();
        RequestHeader header = RequestHeader.parse(bytes);
        AbstractRequest request =
            AbstractRequest.parseRequest(header.apiKey(), header.apiVersion(), new ByteBufferAccessor(bytes)).request;
        String what = header.apiKey().name + " v" + header.apiVersion();
        if (bytes.hasRemaining()) problems.add(what + ": " + bytes.remaining() + " bytes left over");
        ObjectNode row = row(header);
        add(row, "requests", 1);
        add(row, "bytes", original.remaining());
        boolean silent = false;
        if (request instanceof ProduceRequest produce) {
            silent = produce.acks() == 0;
            records(produce, header.apiVersion(), row);
        }
        if (!request.serializeWithHeader(header).equals(original)) problems.add(what + ": Kafka writes other bytes");
        if (!silent) waiting.add(header);
    }

    private void records(ProduceRequest produce, short version, ObjectNode row) {
        produce.data().topicData().forEach(topic -> topic.partitionData().forEach(partition -> {
            ProduceRequest.validateRecords(version, partition.records());
            for (MutableRecordBatch batch : ((MemoryRecords) partition.records()).batches()) {
                batch.ensureValid();
                add(row, "batches", 1);
                for (Record record : batch) {
                    record.ensureValid();
                    add(row, "records", 1);
                }
            }
        }));
    }

    private void response(ByteBuffer bytes, RequestHeader header) {
        AbstractResponse response = AbstractResponse.parseResponse(bytes, header);
        // A broker that does not know the version of ApiVersions says so in version 0, which is read from a copy.
        boolean unknownVersion = response.errorCounts().containsKey(Errors.UNSUPPORTED_VERSION);
        if (bytes.hasRemaining() && !(response instanceof ApiVersionsResponse && unknownVersion)) {
            problems.add("answer to " + header.apiKey().name + ": " + bytes.remaining() + " bytes left over");
        }
        add(row(header), "responses", 1);
    }

    private ObjectNode row(RequestHeader header) {
        String key = String.format("%03d %03d", header.apiKey().id, header.apiVersion());
        return rows.computeIfAbsent(key, name -> {
            ObjectNode row = JSON.createObjectNode().put("api", header.apiKey().name).put("version", header.apiVersion());
            for (String count : new String[] {"requests", "responses", "bytes", "batches", "records"}) row.put(count, 0);
            return row;
        });
    }

    private static void add(ObjectNode row, String count, int more) {
        row.put(count, row.get(count).asInt() + more);
    }
}
