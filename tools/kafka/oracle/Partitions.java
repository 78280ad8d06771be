// Where Kafka's own classes put keys, and how its sticky partitioner goes from partition to partition. One line of JSON in, one out.
//
//   {"keys": ["<bytes>", ...], "partitionCount": 7}    [[murmur2, partition], ...]
//   {"checksum": 10000}                                CRC-32 over the murmur2 of so many made keys (see checksum())
//   {"sticky": {"batchSize", "partitionCount", "adaptive", "steps": [{"queues", "chance", "bytes", "incomplete"}]}}
//
// It stands in the partitioner's package to decide what is random there, so it must lie on the same class path as the jar:
//   javac -cp '<folder of jars>/*' -d <folder> Partitions.java
//   java -cp '<folder>:<folder of jars>/*' org.apache.kafka.clients.producer.internals.Partitions
package org.apache.kafka.clients.producer.internals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.utils.LogContext;
import org.apache.kafka.common.utils.Utils;

public class Partitions {
    static final ObjectMapper JSON = new ObjectMapper();
    static final String TOPIC = "topic";

    public static void main(String[] arguments) throws Exception {
        var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            System.out.println(answer(JSON.readTree(line)));
        }
    }

    static JsonNode answer(JsonNode question) {
        if (question.has("keys")) return keys(question);
        if (question.has("checksum")) return JSON.getNodeFactory().numberNode(checksum(question.get("checksum").asInt()));
        return sticky(question.get("sticky"));
    }

    static ArrayNode keys(JsonNode question) {
        ArrayNode answers = JSON.createArrayNode();
        for (JsonNode hex : question.get("keys")) {
            byte[] key = HexFormat.of().parseHex(hex.asText());
            int partition = BuiltInPartitioner.partitionForKey(key, question.get("partitionCount").asInt());
            answers.addArray().add(Utils.murmur2(key)).add(partition);
        }
        return answers;
    }

    /** Key n has n mod 100 bytes, byte i of which is the top byte of (100 n + i) * 2654435761. */
    static long checksum(int count) {
        CRC32 crc = new CRC32();
        ByteBuffer hash = ByteBuffer.allocate(4);
        for (int n = 0; n < count; n++) {
            byte[] key = new byte[n % 100];
            for (int i = 0; i < key.length; i++) key[i] = (byte) ((100 * n + i) * 0x9E3779B1 >>> 24);
            crc.update(hash.putInt(0, Utils.murmur2(key)).array());
        }
        return crc.getValue();
    }

    /** As RecordAccumulator.append goes about it; "chance", from 0 to 1, stands for the random number. */
    static ArrayNode sticky(JsonNode run) {
        int partitionCount = run.get("partitionCount").asInt();
        boolean adaptive = run.get("adaptive").asBoolean();
        var partitioner = new Decided(run.get("batchSize").asInt());
        ArrayNode chosen = JSON.createArrayNode();
        JsonNode steps = run.get("steps");
        for (int index = 0; index < steps.size(); index++) {
            JsonNode step = steps.get(index);
            partitioner.see(cluster(partitionCount, step.get("queues")), step, adaptive);
            var info = partitioner.peekCurrentPartitionInfo(partitioner.cluster);
            if (partitioner.queues[info.partition()] == 0) {
                // Nothing is queued there, so nothing is incomplete there.
                partitioner.updatePartitionInfo(info, 0, partitioner.cluster, true);
                info = partitioner.peekCurrentPartitionInfo(partitioner.cluster);
            }
            chosen.add(info.partition());
            // A switch after the append is seen by the next message, with the queues and the chance of then.
            JsonNode next = steps.get(Math.min(index + 1, steps.size() - 1));
            partitioner.see(cluster(partitionCount, next.get("queues")), next, adaptive);
            partitioner.updatePartitionInfo(info, step.get("bytes").asInt(), partitioner.cluster, !step.get("incomplete").asBoolean());
        }
        return chosen;
    }

    /** Queue length -1 means a partition without a leader. */
    static Cluster cluster(int partitionCount, JsonNode queues) {
        Node node = new Node(1, "localhost", 9092);
        List<PartitionInfo> partitions = new ArrayList<>();
        for (int partition = 0; partition < partitionCount; partition++) {
            Node leader = queues.get(partition).asInt() < 0 ? null : node;
            partitions.add(new PartitionInfo(TOPIC, partition, leader, new Node[] {node}, new Node[] {node}));
        }
        return new Cluster("cluster", List.of(node), partitions, Set.of(), Set.of());
    }

    static class Decided extends BuiltInPartitioner {
        Cluster cluster;
        int[] queues;
        double chance;
        boolean weighted;

        Decided(int batchSize) {
            super(new LogContext(), TOPIC, batchSize);
        }

        void see(Cluster cluster, JsonNode step, boolean adaptive) {
            this.cluster = cluster;
            this.chance = step.get("chance").asDouble();
            int count = step.get("queues").size();
            this.queues = new int[count];
            int[] sizes = new int[count];
            int[] ids = new int[count];
            int length = 0;
            for (int partition = 0; partition < count; partition++) {
                queues[partition] = step.get("queues").get(partition).asInt();
                if (queues[partition] < 0) continue;
                sizes[length] = queues[partition];
                ids[length++] = partition;
            }
            updatePartitionLoadStats(adaptive ? sizes : null, ids, length);
            weighted = adaptive && hasStats();
        }

        boolean hasStats() {
            try {
                var field = BuiltInPartitioner.class.getDeclaredField("partitionLoadStats");
                field.setAccessible(true);
                return field.get(this) != null;
            } catch (ReflectiveOperationException error) {
                throw new IllegalStateException(error);
            }
        }

        @Override
        int randomPartition() {
            int available = cluster.availablePartitionsForTopic(TOPIC).size();
            int unweighted = available > 0 ? available : queues.length;
            return (int) (chance * (weighted ? loadStatsRangeEnd() : unweighted));
        }
    }
}
