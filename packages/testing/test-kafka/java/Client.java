// Produces lines from standard input, or consumes and prints them, with Kafka's own Java client.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

public class Client {
    public static void main(String[] args) throws Exception {
        if (args[0].equals("produce")) produce(args[1], args[2], args[3]);
        else consume(args[1], args[2], args[3], Integer.parseInt(args[4]));
    }

    private static void produce(String brokers, String topic, String codecs) throws Exception {
        List<String> lines = new ArrayList<>();
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        for (String line = input.readLine(); line != null; line = input.readLine()) lines.add(line);
        for (String codec : codecs.split(",")) {
            Properties options = new Properties();
            options.put("bootstrap.servers", brokers);
            options.put("compression.type", codec);
            options.put("linger.ms", "10");
            options.put("batch.size", "4096");
            try (var producer = new KafkaProducer<>(options, new StringSerializer(), new StringSerializer())) {
                List<Future<RecordMetadata>> sent = new ArrayList<>();
                for (String line : lines) sent.add(producer.send(new ProducerRecord<>(topic, codec + " " + line)));
                for (Future<RecordMetadata> each : sent) each.get();
            }
        }
    }

    private static void consume(String brokers, String topic, String group, int count) {
        Properties options = new Properties();
        options.put("bootstrap.servers", brokers);
        options.put("group.id", group);
        options.put("auto.offset.reset", "earliest");
        options.put("enable.auto.commit", "false");
        long deadline = System.nanoTime() + Duration.ofSeconds(40).toNanos();
        try (var consumer = new KafkaConsumer<>(options, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of(topic));
            for (int seen = 0; seen < count; ) {
                if (System.nanoTime() > deadline) throw new IllegalStateException("Only " + seen + " records came");
                for (ConsumerRecord<String, String> each : consumer.poll(Duration.ofMillis(200))) {
                    seen++;
                    System.out.println(each.value());
                }
            }
            consumer.commitSync();
        }
    }
}
