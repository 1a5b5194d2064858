package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.zdd.testing.Freezer;
import dev.zdd.testing.RedisProcess;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
@SuppressWarnings("NullAway.Init")
class RedisFlagWriterTest {
  private static final String KEY = "zdd:{shop}:flags";

  @TempDir private Path directory;
  private RedisProcess server;
  private RedisClient client;
  private RedisCommands<String, String> admin;
  private RedisFlagWriter writer;

  @BeforeEach
  void connect() throws Exception {
    server = RedisProcess.start(directory);
    client = RedisClient.create(server.uri());
    admin = client.connect().sync();
    writer = RedisFlagWriter.of(client, server.uri(), "shop");
  }

  @AfterEach
  void stop() {
    writer.close();
    client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    server.close();
  }

  @Test
  void theFirstWriteIsVersion1OfANewEpochAndTheNextVersion2OfTheSame() throws Exception {
    assertThat(writer.read().revision()).isEqualTo(FlagRevision.NONE);
    FlagRevision first = written(writer.write(FlagRevision.NONE, document(0)));
    FlagRevision second = written(writer.write(first, document(1)));

    assertThat(first.version()).isEqualTo(1);
    assertThat(first.epoch()).isNotEmpty();
    assertThat(second.version()).isEqualTo(2);
    assertThat(second.epoch()).isEqualTo(first.epoch());
    StoredFlags stored = writer.read();
    assertThat(stored.revision()).isEqualTo(second);
    assertThat(stored.document()).isEqualTo(document(1));
  }

  @Test
  void whatWasNotReadIsNotReplacedAndTheRefusalSaysWhatIsThere() throws Exception {
    FlagRevision first = written(writer.write(FlagRevision.NONE, document(0)));
    FlagRevision second = written(writer.write(first, document(1)));

    for (FlagRevision stale :
        List.of(
            FlagRevision.NONE,
            first,
            new FlagRevision(2, "another", second.write()),
            new FlagRevision(2, second.epoch(), "another"))) {
      assertThat(writer.write(stale, document(9))).isEqualTo(new FlagWrite.Refused(second));
    }
    assertThat(writer.read().document()).isEqualTo(document(1));
  }

  @Test
  void aWriteSaysWhenAndIsLaterThanWhatItReplacesWhateverTheClockSays() throws Exception {
    long before = System.currentTimeMillis();
    FlagRevision first = written(writer.write(FlagRevision.NONE, document(0)));
    assertThat(WrittenAt.millis(first)).isBetween(before, System.currentTimeMillis());

    admin.hset(KEY, "write", "some@4102444800000"); // of a writer whose clock is 2100's
    FlagRevision ahead = new FlagRevision(1, first.epoch(), "some@4102444800000");
    FlagRevision second = written(writer.write(ahead, document(1)));
    assertThat(second.write()).endsWith("@4102444800001");

    admin.hset(KEY, "write", "does not say");
    FlagRevision silent = new FlagRevision(2, first.epoch(), "does not say");
    assertThat(WrittenAt.millis(silent)).isZero();
    FlagRevision third = written(writer.write(silent, document(1)));
    assertThat(WrittenAt.millis(third)).isBetween(before, System.currentTimeMillis());
  }

  @Test
  void aVersionThatADoubleCannotHoldIsCountedAllTheSame() throws Exception {
    FlagRevision first = written(writer.write(FlagRevision.NONE, document(0)));
    admin.hset(KEY, "version", "9007199254740993"); // 2^53 + 1
    FlagRevision large = new FlagRevision(9007199254740993L, first.epoch(), first.write());
    assertThat(written(writer.write(large, document(1))).version()).isEqualTo(9007199254740994L);
  }

  @Test
  void aWrongDocumentIsNotSent() throws Exception {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> writer.write(FlagRevision.NONE, "{}".getBytes(UTF_8)))
        .withMessageStartingWith("document: line 1, column ")
        .withMessageContaining("flags: missing");
    assertThat(admin.exists(KEY)).isZero();
  }

  // A source of the same bound is behind it: what it would refuse is not sent.
  @Test
  void aDocumentAtTheBoundIsWrittenAndReadAndOneByteMoreIsNotSent() throws Exception {
    List<FlagSnapshot> seen = new CopyOnWriteArrayList<>();
    try (RedisFlagWriter bounded =
            RedisFlagWriter.of(client, server.uri(), "shop", Duration.ofSeconds(30), 1024);
        RedisFlagSource source =
            RedisFlagSource.builder(client, server.uri(), "shop")
                .timeout(Duration.ofSeconds(30))
                .maxBytes(1024)
                .build()) {
      FlagRevision first = written(bounded.write(FlagRevision.NONE, documentOf(1024)));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> bounded.write(first, documentOf(1025)))
          .withMessage("document: 1025 bytes (expected: <= maxBytes 1024)");
      assertThat(admin.info("commandstats")).contains("cmdstat_eval:calls=1,");
      assertThat(bounded.read().revision()).isEqualTo(first);
      assertThat(bounded.read().document()).isEqualTo(documentOf(1024));
      source.start(seen::add);
      assertThat(source.status().problem()).isNull();
      assertThat(seen).singleElement().satisfies(s -> assertThat(version(s)).isEqualTo(1));
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> writer.write(FlagRevision.NONE, documentOf((16 << 20) + 1)))
        .withMessage("document: 16777217 bytes (expected: <= maxBytes 16777216)");
  }

  @Test
  void twoWritersRacingLoseNothingAndTheSourceSeesOnlyRisingVersions() throws Exception {
    int each = 500;
    List<FlagSnapshot> seen = new CopyOnWriteArrayList<>();
    ConcurrentLinkedQueue<Long> versions = new ConcurrentLinkedQueue<>();
    try (RedisFlagSource source =
        RedisFlagSource.builder(client, server.uri(), "shop")
            .pollInterval(Duration.ofHours(1)) // announcements only: none may be missed
            .build()) {
      source.start(seen::add);
      List<FutureTask<Integer>> racers = new ArrayList<>();
      CyclicBarrier bothHaveRead = new CyclicBarrier(2);
      for (int n = 0; n < 2; n++) {
        FutureTask<Integer> racer = new FutureTask<>(() -> increment(each, versions, bothHaveRead));
        racers.add(racer);
        new Thread(racer, "racer").start();
      }
      int refused = racers.get(0).get() + racers.get(1).get();
      System.out.println("two writers, " + 2 * each + " writes: " + refused + " refused");

      assertThat(refused).as("they did race").isPositive();
      StoredFlags last = writer.read();
      assertThat(last.document()).isEqualTo(document(2 * each));
      assertThat(last.revision().version()).isEqualTo(2 * each);
      assertThat(versions)
          .containsExactlyInAnyOrderElementsOf(
              LongStream.rangeClosed(1, 2 * each).boxed().toList());
      await().until(() -> !seen.isEmpty() && version(seen.get(seen.size() - 1)) == 2 * each);
      assertThat(seen.stream().map(RedisFlagWriterTest::version).toList())
          .isSorted()
          .doesNotHaveDuplicates();
    }
  }

  /**
   * Adds to the number in the document, with a client of its own; how often it was refused. Nobody
   * writes before both have read, so that one is refused however late its thread comes.
   */
  private int increment(int times, ConcurrentLinkedQueue<Long> versions, CyclicBarrier bothHaveRead)
      throws Exception {
    RedisClient own = RedisClient.create();
    int refused = 0;
    try (RedisFlagWriter writer =
        RedisFlagWriter.of(own, server.uri(), "shop", Duration.ofSeconds(30))) {
      StoredFlags before = writer.read();
      bothHaveRead.await(30, TimeUnit.SECONDS);
      for (int done = 0; done < times; before = writer.read()) {
        int number = before.revision().version() == 0 ? 0 : number(before.document());
        if (writer.write(before.revision(), document(number + 1))
            instanceof FlagWrite.Written written) {
          versions.add(written.revision().version());
          done++;
        } else {
          refused++;
        }
      }
    } finally {
      own.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    }
    return refused;
  }

  // Lettuce would send it again on the next connection, where it is refused as if by a stranger.
  @Test
  void aWriteWhoseReplyIsLostIsUnknownAndNotSentAgain() throws Exception {
    try (ReplyCutter cutter = new ReplyCutter(server.port())) {
      RedisURI through = RedisURI.create("127.0.0.1", cutter.port());
      try (RedisFlagWriter writer = RedisFlagWriter.of(client, through, "shop")) {
        FlagRevision first = written(writer.write(FlagRevision.NONE, document(0)));
        cutter.loseTheNextReply();
        assertThatExceptionOfType(FlagWriteUnknownException.class)
            .isThrownBy(() -> writer.write(first, document(1)))
            .withMessageStartingWith("whether " + KEY + " was written is unknown: ");
        assertThat(cutter.hasLostIt()).isTrue();
        StoredFlags after = writer.read();
        assertThat(after.revision().version()).isEqualTo(2);
        assertThat(after.document()).isEqualTo(document(1));
        assertThat(admin.info("commandstats")).contains("cmdstat_eval:calls=2,");
      }
    }
  }

  @Test
  void aWriteToAFrozenServerIsUnknown() throws Exception {
    FlagRevision first = written(writer.write(FlagRevision.NONE, document(0)));
    RedisFlagWriter brief =
        RedisFlagWriter.of(client, server.uri(), "shop", Duration.ofMillis(800));
    // Within 0.8 s with its connection, if the machine does not stand still just then.
    await().ignoreExceptions().until(() -> brief.read().revision().equals(first));
    try (brief;
        Freezer freezer = server.freeze()) {
      assertThat(freezer).isNotNull();
      assertThatExceptionOfType(FlagWriteUnknownException.class)
          .isThrownBy(() -> brief.write(first, document(1)))
          .withMessageEndingWith("no reply within PT0.8S");
    }
    // It was in the socket when the server thawed. Whichever: a write on top of what is there.
    StoredFlags present = writer.read();
    assertThat(writer.write(present.revision(), document(2))).isInstanceOf(FlagWrite.Written.class);
  }

  @Test
  void aWriteThatCannotBeSentOrIsAnsweredWithAnErrorIsNotUnknown() throws Exception {
    admin.set(KEY, "no hash");
    assertThat(catchThrowable(() -> writer.write(FlagRevision.NONE, document(0))))
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(FlagWriteUnknownException.class)
        .hasMessageContaining("nothing was written: Redis says: ")
        .hasMessageContaining("WRONGTYPE");

    server.kill();
    assertThat(catchThrowable(() -> writer.write(FlagRevision.NONE, document(0))))
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(FlagWriteUnknownException.class)
        .hasMessageContaining("no connection");
  }

  @Test
  void refusesSettingsOutOfBoundsAndAnyCallAfterClose() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RedisFlagWriter.of(client, server.uri(), "a}b"))
        .withMessage("namespace: \"a}b\" (expected: 1 to 100 of A-Z a-z 0-9 . _ -)");
    Duration second = Duration.ofSeconds(1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RedisFlagWriter.of(client, server.uri(), "shop", second, 1023))
        .withMessage("maxBytes: 1023 (expected: 1024 to 268435456)");
    List<RedisURI> nodes = List.of(server.uri());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RedisFlagWriter.cluster(client, nodes, "shop", second, 1023))
        .withMessage("maxBytes: 1023 (expected: 1024 to 268435456)");
    writer.close();
    assertThatIllegalStateException().isThrownBy(writer::read);
  }

  private static FlagRevision written(FlagWrite write) {
    assertThat(write).isInstanceOf(FlagWrite.Written.class);
    return ((FlagWrite.Written) write).revision();
  }

  private static byte[] document(int number) {
    return ("{\"version\": " + number + ", \"flags\": {}}").getBytes(UTF_8);
  }

  private static byte[] documentOf(int bytes) {
    String document = "{\"flags\": {}}";
    return (document + " ".repeat(bytes - document.length())).getBytes(UTF_8);
  }

  private static int number(byte[] document) {
    return Integer.parseInt(new String(document, UTF_8).replaceAll("\\D", ""));
  }

  private static long version(FlagSnapshot snapshot) {
    return Long.parseLong(snapshot.version().replaceAll("-.*", ""));
  }
}
