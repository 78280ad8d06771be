// Answers questions about a cluster by Kafka's own client, so that what Sluice wrote is judged by others.
//
// One JSON request per line on standard input, {"id": 1, "do": "endOffsets", "topic": "t"}; for each, on standard output, any number of
// lines {"id": 1, "item": ...} and one last {"id": 1, "result": ...} or {"id": 1, "error": "..."}. Requests run side by side; answers
// carry the id of their request. A request may name brokers to ask, {"bootstrap": "host:port,..."}, and client properties,
// {"properties": {"security.protocol": "SSL"}}. The end of the input ends the program.
//
// Argument: the bootstrap address.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterResult;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

public final class KafkaOracle {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration POLL = Duration.ofMillis(200);
    private static final long DEFAULT_LIMIT_MS = 60_000;

    private final PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    private final Map<String, Object> clientProperties;

    private KafkaOracle(Map<String, Object> clientProperties) {
        this.clientProperties = clientProperties;
    }

    public static void main(String[] args) throws Exception {
        Map<String, Object> properties = new HashMap<>();
        properties.put("bootstrap.servers", args[0]);
        properties.put("reconnect.backoff.max.ms", "200");
        properties.put("retry.backoff.ms", "50");
        // A paused broker takes connections and never answers: another must be asked before a test loses patience.
        properties.put("request.timeout.ms", "5000");
        new KafkaOracle(properties).serve();
        System.exit(0);
    }

    private void serve() throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            return thread;
        });
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            JsonNode request = JSON.readTree(line);
            threads.submit(() -> answer(request));
        }
    }

    private void answer(JsonNode request) {
        ObjectNode answer = JSON.createObjectNode();
        answer.set("id", request.get("id"));
        try {
            answer.set("result", perform(request));
        } catch (Throwable error) {
            Throwable cause = error instanceof ExecutionException && error.getCause() != null ? error.getCause() : error;
            answer.put("error", cause.getClass().getSimpleName() + ": " + cause.getMessage());
        }
        print(answer);
    }

    private JsonNode perform(JsonNode request) throws Exception {
        switch (request.path("do").asText()) {
            case "endOffsets": return offsets(request);
            case "produce": return produce(request);
            case "read": return read(request, new ItemPrinter(request));
            case "summary": return read(request, new Summary());
            default: return administer(request);
        }
    }

    /** By a new client each time: one that was connected to a broker when that was paused can stay stuck to it for a minute. */
    private JsonNode administer(JsonNode request) throws Exception {
        Admin admin = Admin.create(clientPropertiesFor(request));
        try {
            switch (request.path("do").asText()) {
                case "createTopic": return createTopic(admin, request);
                case "deleteTopic": return deleteTopic(admin, request);
                case "describeTopic": return describe(describeTopic(admin, topic(request)));
                case "describeCluster": return describeCluster(admin);
                case "moveLeader": return moveLeader(admin, request);
                default: throw new IllegalArgumentException("unknown request: " + request.path("do"));
            }
        } finally {
            admin.close(Duration.ZERO);
        }
    }

    private Map<String, Object> clientPropertiesFor(JsonNode request) {
        Map<String, Object> properties = new HashMap<>(clientProperties);
        if (request.hasNonNull("bootstrap")) properties.put("bootstrap.servers", request.get("bootstrap").asText());
        request.path("properties").fields().forEachRemaining(entry -> properties.put(entry.getKey(), entry.getValue().asText()));
        return properties;
    }

    private synchronized void print(ObjectNode line) {
        out.println(line);
        out.flush();
    }

    // ---- Topics ----

    private static JsonNode createTopic(Admin admin, JsonNode request) throws Exception {
        NewTopic topic = request.hasNonNull("assignment")
            ? new NewTopic(topic(request), assignment(request.get("assignment")))
            : new NewTopic(topic(request), optionalInt(request, "partitions"), optionalInt(request, "replicationFactor").map(Integer::shortValue));
        Map<String, String> config = new HashMap<>();
        request.path("config").fields().forEachRemaining(entry -> config.put(entry.getKey(), entry.getValue().asText()));
        admin.createTopics(List.of(topic.configs(config))).all().get();
        return describe(awaitLeaders(admin, topic(request)));
    }

    /** Partition to replicas, the preferred leader first. */
    private static Map<Integer, List<Integer>> assignment(JsonNode rows) {
        Map<Integer, List<Integer>> assignment = new HashMap<>();
        for (int partition = 0; partition < rows.size(); partition++) {
            List<Integer> replicas = new ArrayList<>();
            rows.get(partition).forEach(replica -> replicas.add(replica.asInt()));
            assignment.put(partition, replicas);
        }
        return assignment;
    }

    /** The answer to CreateTopics comes before every broker knows of the topic. */
    private static TopicDescription awaitLeaders(Admin admin, String topic) throws Exception {
        long deadline = System.currentTimeMillis() + DEFAULT_LIMIT_MS;
        while (true) {
            try {
                TopicDescription description = describeTopic(admin, topic);
                if (description.partitions().stream().allMatch(partition -> partition.leader() != null)) return description;
            } catch (ExecutionException error) {
                if (System.currentTimeMillis() > deadline) throw error;
            }
            if (System.currentTimeMillis() > deadline) throw new TimeoutException("no leaders for " + topic);
            Thread.sleep(20);
        }
    }

    private static JsonNode deleteTopic(Admin admin, JsonNode request) throws Exception {
        admin.deleteTopics(List.of(topic(request))).all().get();
        long deadline = System.currentTimeMillis() + DEFAULT_LIMIT_MS;
        while (admin.listTopics().names().get().contains(topic(request))) {
            if (System.currentTimeMillis() > deadline) throw new TimeoutException("still there: " + topic(request));
            Thread.sleep(20);
        }
        return JSON.nullNode();
    }

    private static TopicDescription describeTopic(Admin admin, String topic) throws Exception {
        return admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
    }

    private static JsonNode describe(TopicDescription description) {
        ObjectNode result = JSON.createObjectNode();
        result.put("topic", description.name());
        result.put("topicId", description.topicId().toString());
        ArrayNode partitions = result.putArray("partitions");
        for (TopicPartitionInfo info : description.partitions()) {
            ObjectNode partition = partitions.addObject();
            partition.put("partition", info.partition());
            partition.put("leader", info.leader() == null ? -1 : info.leader().id());
            ArrayNode replicas = partition.putArray("replicas");
            info.replicas().forEach(node -> replicas.add(node.id()));
            ArrayNode inSync = partition.putArray("inSync");
            info.isr().forEach(node -> inSync.add(node.id()));
        }
        return result;
    }

    private static JsonNode describeCluster(Admin admin) throws Exception {
        DescribeClusterResult cluster = admin.describeCluster();
        ObjectNode result = JSON.createObjectNode();
        result.put("clusterId", cluster.clusterId().get());
        Node controller = cluster.controller().get();
        result.put("controller", controller == null ? -1 : controller.id());
        ArrayNode brokers = result.putArray("brokers");
        cluster.nodes().get().stream().map(Node::id).sorted().forEach(brokers::add);
        return result;
    }

    // ---- Leaders ----

    /** Makes `to` the first replica, in place of the present leader if it is none yet, and has the first replica elected. */
    private static JsonNode moveLeader(Admin admin, JsonNode request) throws Exception {
        TopicPartition partition = new TopicPartition(topic(request), request.get("partition").asInt());
        int to = request.get("to").asInt();
        long deadline = System.currentTimeMillis() + request.path("limitMs").asLong(DEFAULT_LIMIT_MS);
        TopicPartitionInfo before = describeTopic(admin, partition.topic()).partitions().get(partition.partition());
        List<Integer> replicas = new ArrayList<>(List.of(to));
        boolean holdsIt = before.replicas().stream().anyMatch(node -> node.id() == to);
        int leaving = holdsIt || before.leader() == null ? to : before.leader().id();
        before.replicas().stream().map(Node::id).filter(id -> id != to && id != leaving).forEach(replicas::add);
        admin.alterPartitionReassignments(Map.of(partition, Optional.of(new NewPartitionReassignment(replicas)))).all().get();
        while (true) {
            if (admin.listPartitionReassignments(Set.of(partition)).reassignments().get().isEmpty()) elect(admin, partition);
            TopicDescription now = describeTopic(admin, partition.topic());
            Node leader = now.partitions().get(partition.partition()).leader();
            if (leader != null && leader.id() == to) return describe(now);
            if (System.currentTimeMillis() > deadline) throw new TimeoutException(partition + " did not move to " + to);
            Thread.sleep(20);
        }
    }

    private static void elect(Admin admin, TopicPartition partition) throws Exception {
        try {
            admin.electLeaders(ElectionType.PREFERRED, Set.of(partition)).all().get();
        } catch (ExecutionException error) {
            if (!(error.getCause() instanceof ElectionNotNeededException)) throw error;
        }
    }

    // ---- Reading ----

    private interface Reader {
        void take(ConsumerRecord<byte[], byte[]> record) throws Exception;
        JsonNode result(Map<TopicPartition, Long> starts, Map<TopicPartition, Long> ends) throws Exception;
    }

    private JsonNode offsets(JsonNode request) {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(request)) {
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions(consumer, request));
            ArrayNode result = JSON.createArrayNode();
            for (TopicPartition partition : sorted(ends.keySet())) result.add(ends.get(partition));
            return result;
        }
    }

    /** From the first offset, or `from`, to what were the end offsets at the beginning; in partition order within a poll, offset order within a partition. */
    private JsonNode read(JsonNode request, Reader reader) throws Exception {
        long deadline = System.currentTimeMillis() + request.path("limitMs").asLong(DEFAULT_LIMIT_MS);
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(request)) {
            List<TopicPartition> all = partitions(consumer, request);
            Map<TopicPartition, Long> starts = consumer.beginningOffsets(all);
            Map<TopicPartition, Long> ends = consumer.endOffsets(all);
            consumer.assign(all);
            for (TopicPartition partition : all) {
                consumer.seek(partition, Math.max(starts.get(partition), request.path("from").asLong(0)));
            }
            while (!pauseFinished(consumer, ends)) {
                if (System.currentTimeMillis() > deadline) throw new TimeoutException("read as far as " + positions(consumer) + " of " + ends);
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    if (record.offset() < ends.get(new TopicPartition(record.topic(), record.partition()))) reader.take(record);
                }
            }
            return reader.result(starts, ends);
        }
    }

    /** The position passes control records and aborted ones too, so it, not the last record, tells the end. */
    private static boolean pauseFinished(KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, Long> ends) {
        List<TopicPartition> finished = new ArrayList<>();
        for (TopicPartition partition : consumer.assignment()) {
            if (consumer.position(partition) >= ends.get(partition)) finished.add(partition);
        }
        consumer.pause(finished);
        return finished.size() == consumer.assignment().size();
    }

    private static Map<TopicPartition, Long> positions(KafkaConsumer<byte[], byte[]> consumer) {
        Map<TopicPartition, Long> positions = new HashMap<>();
        for (TopicPartition partition : consumer.assignment()) positions.put(partition, consumer.position(partition));
        return positions;
    }

    private KafkaConsumer<byte[], byte[]> consumer(JsonNode request) {
        Properties properties = new Properties();
        properties.putAll(clientPropertiesFor(request));
        properties.put("enable.auto.commit", "false");
        properties.put("auto.offset.reset", "none");
        properties.put("allow.auto.create.topics", "false");
        properties.put("max.poll.records", "10000");
        properties.put("fetch.max.wait.ms", "50");
        properties.put("isolation.level", request.path("isolation").asText("read_uncommitted"));
        return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private static List<TopicPartition> partitions(KafkaConsumer<byte[], byte[]> consumer, JsonNode request) {
        String topic = topic(request);
        if (request.hasNonNull("partition")) return List.of(new TopicPartition(topic, request.get("partition").asInt()));
        List<TopicPartition> partitions = new ArrayList<>();
        consumer.partitionsFor(topic).forEach(info -> partitions.add(new TopicPartition(topic, info.partition())));
        return sorted(partitions);
    }

    private static List<TopicPartition> sorted(Collection<TopicPartition> partitions) {
        List<TopicPartition> sorted = new ArrayList<>(partitions);
        sorted.sort((a, b) -> Integer.compare(a.partition(), b.partition()));
        return sorted;
    }

    /** One item per record. `bytes`: hex (default), sha256 or length. */
    private final class ItemPrinter implements Reader {
        private final JsonNode id;
        private final String bytes;
        private long count;

        ItemPrinter(JsonNode request) {
            this.id = request.get("id");
            this.bytes = request.path("bytes").asText("hex");
        }

        @Override public void take(ConsumerRecord<byte[], byte[]> record) throws Exception {
            ObjectNode item = JSON.createObjectNode();
            item.put("partition", record.partition()).put("offset", record.offset());
            item.put("timestamp", record.timestamp()).put("timestampType", record.timestampType().name);
            item.put("leaderEpoch", record.leaderEpoch().orElse(-1));
            item.put("key", show(record.key())).put("value", show(record.value()));
            ArrayNode headers = item.putArray("headers");
            for (Header header : record.headers()) headers.addArray().add(header.key()).add(show(header.value()));
            ObjectNode line = JSON.createObjectNode();
            line.set("id", id);
            line.set("item", item);
            print(line);
            count++;
        }

        @Override public JsonNode result(Map<TopicPartition, Long> starts, Map<TopicPartition, Long> ends) {
            return JSON.createObjectNode().put("count", count);
        }

        private String show(byte[] value) throws Exception {
            if (value == null) return null;
            switch (bytes) {
                case "length": return String.valueOf(value.length);
                case "sha256": return hex(MessageDigest.getInstance("SHA-256").digest(value));
                default: return hex(value);
            }
        }
    }

    /**
     * Counts, and for each partition a SHA-256 over its records in order: for each the key, the value, the number of headers (int32), and each
     * header's name and value; byte strings are preceded by their length (int32), and a null is the length -1 alone. All big-endian.
     */
    private static final class Summary implements Reader {
        private static final class Part {
            final MessageDigest digest = sha256();
            long count;
            long first = -1;
            long last = -1;
        }

        private final Map<Integer, Part> parts = new TreeMap<>();

        @Override public void take(ConsumerRecord<byte[], byte[]> record) {
            Part part = parts.computeIfAbsent(record.partition(), partition -> new Part());
            if (part.count++ == 0) part.first = record.offset();
            part.last = record.offset();
            add(part.digest, record.key());
            add(part.digest, record.value());
            Header[] headers = record.headers().toArray();
            number(part.digest, headers.length);
            for (Header header : headers) {
                add(part.digest, header.key().getBytes(StandardCharsets.UTF_8));
                add(part.digest, header.value());
            }
        }

        @Override public JsonNode result(Map<TopicPartition, Long> starts, Map<TopicPartition, Long> ends) {
            ObjectNode result = JSON.createObjectNode();
            result.put("count", parts.values().stream().mapToLong(part -> part.count).sum());
            ArrayNode rows = result.putArray("partitions");
            for (TopicPartition partition : sorted(ends.keySet())) {
                Part part = parts.getOrDefault(partition.partition(), new Part());
                ObjectNode row = rows.addObject().put("partition", partition.partition()).put("count", part.count);
                row.put("startOffset", starts.get(partition)).put("endOffset", ends.get(partition));
                row.put("firstOffset", part.first).put("lastOffset", part.last).put("checksum", hex(part.digest.digest()));
            }
            return result;
        }

        private static void add(MessageDigest digest, byte[] bytes) {
            number(digest, bytes == null ? -1 : bytes.length);
            if (bytes != null) digest.update(bytes);
        }

        private static void number(MessageDigest digest, int value) {
            digest.update(ByteBuffer.allocate(4).putInt(value).array());
        }
    }

    // ---- Writing, so that there is something to compare with ----

    private JsonNode produce(JsonNode request) throws Exception {
        Map<String, Object> properties = clientPropertiesFor(request);
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (JsonNode record : request.path("records")) sent.add(producer.send(recordOf(topic(request), record)));
            producer.flush();
            ArrayNode result = JSON.createArrayNode();
            for (Future<RecordMetadata> each : sent) {
                RecordMetadata place = each.get();
                result.addObject().put("partition", place.partition()).put("offset", place.offset());
            }
            return result;
        }
    }

    private static ProducerRecord<byte[], byte[]> recordOf(String topic, JsonNode node) {
        Integer partition = node.hasNonNull("partition") ? Integer.valueOf(node.get("partition").asInt()) : null;
        Long timestamp = node.hasNonNull("timestamp") ? Long.valueOf(node.get("timestamp").asLong()) : null;
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, partition, timestamp, bytesOf(node.get("key")), bytesOf(node.get("value")));
        for (JsonNode header : node.path("headers")) record.headers().add(header.get(0).asText(), bytesOf(header.get(1)));
        return record;
    }

    // ---- Small things ----

    private static String topic(JsonNode request) {
        if (!request.hasNonNull("topic")) throw new IllegalArgumentException("topic is missing");
        return request.get("topic").asText();
    }

    private static Optional<Integer> optionalInt(JsonNode node, String name) {
        return node.hasNonNull(name) ? Optional.of(node.get(name).asInt()) : Optional.empty();
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (java.security.NoSuchAlgorithmException error) {
            throw new IllegalStateException(error);
        }
    }

    private static String hex(byte[] bytes) {
        char[] digits = new char[bytes.length * 2];
        for (int i = 0; i < bytes.length; i++) {
            digits[2 * i] = Character.forDigit((bytes[i] >> 4) & 15, 16);
            digits[2 * i + 1] = Character.forDigit(bytes[i] & 15, 16);
        }
        return new String(digits);
    }

    private static byte[] bytesOf(JsonNode hex) {
        if (hex == null || hex.isNull()) return null;
        String text = hex.asText();
        byte[] bytes = new byte[text.length() / 2];
        for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) Integer.parseInt(text.substring(2 * i, 2 * i + 2), 16);
        return bytes;
    }
}
