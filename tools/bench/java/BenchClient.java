// The Java client at the benchmark's work.
// Arguments: brokers topic file step codec acks idempotent headers warm-ms linger-ms; then lines, as client-contract.ts says
import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

public final class BenchClient {
    private final KafkaProducer<String, String> producer;
    private final String topic;
    private final List<String[]> messages;
    private final int step;
    private final int headers;
    private int next;

    private BenchClient(String[] args) throws Exception {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", args[0]);
        properties.put("compression.type", args[4]);
        properties.put("acks", args[5].equals("-1") ? "all" : args[5]);
        properties.put("enable.idempotence", String.valueOf(args[6].equals("1")));
        properties.put("linger.ms", args[9]);
        properties.put("batch.size", "262144");
        properties.put("buffer.memory", "67108864");
        properties.put("key.serializer", StringSerializer.class.getName());
        properties.put("value.serializer", StringSerializer.class.getName());
        producer = new KafkaProducer<>(properties);
        topic = args[1];
        messages = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of(args[2]), StandardCharsets.ISO_8859_1)) {
            messages.add(line.split("\t", 2));
        }
        step = Integer.parseInt(args[3]);
        headers = Integer.parseInt(args[7]);
    }

    private long work(long millis) throws Exception {
        long end = System.nanoTime() + millis * 1_000_000;
        long done = 0;
        do {
            CountDownLatch waiting = new CountDownLatch(step);
            for (int i = 0; i < step; i++) {
                producer.send(nextRecord(), (metadata, error) -> {
                    if (error != null) {
                        error.printStackTrace();
                        System.exit(1);
                    }
                    waiting.countDown();
                });
            }
            waiting.await();
            done += step;
        } while (System.nanoTime() < end);
        return done;
    }

    private ProducerRecord<String, String> nextRecord() {
        String[] message = messages.get(next++ % messages.size());
        ProducerRecord<String, String> record = new ProducerRecord<>(topic, message[0], message[1]);
        for (int i = 0; i < headers; i++) {
            record.headers().add("header-" + i, ("value-" + i).getBytes(StandardCharsets.UTF_8));
        }
        return record;
    }

    private static long peakKb() throws Exception {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmHWM:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", ""));
            }
        }
        return 0;
    }

    public static void main(String[] args) throws Exception {
        BenchClient client = new BenchClient(args);
        say("{\"event\":\"warm\",\"messages\":%d}", client.work(Long.parseLong(args[8])));
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = lines.readLine()) != null && line.startsWith("measure ");) {
            client.measure(Long.parseLong(line.substring("measure ".length())));
        }
        say("{\"event\":\"finished\",\"version\":\"%s\"}", version());
        client.producer.close();
    }

    private void measure(long millis) throws Exception {
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long cpu = system.getProcessCpuTime();
        long start = System.nanoTime();
        long done = work(millis);
        double seconds = (System.nanoTime() - start) / 1e9;
        long spent = (system.getProcessCpuTime() - cpu) / 1000;
        say("{\"event\":\"measured\",\"messages\":%d,\"seconds\":%f,\"cpuUs\":%d,\"peakKb\":%d,\"allocatedBytes\":null}", done, seconds, spent, peakKb());
    }

    private static void say(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }

    // The class that tells it has not the same name in all versions.
    private static String version() throws Exception {
        Properties properties = new Properties();
        try (InputStream stream = KafkaProducer.class.getResourceAsStream("/kafka/kafka-version.properties")) {
            properties.load(stream);
        }
        return properties.getProperty("version");
    }
}
