package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import dev.zdd.testing.CapturedLog;
import dev.zdd.testing.Freezer;
import dev.zdd.testing.RedisProcess;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.KillArgs;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real server, which is frozen, killed, emptied and restored. Polls are an hour apart mostly. */
@Timeout(60)
@SuppressWarnings("NullAway.Init")
class RedisFlagSourceTest {
  private static final String KEY = "zdd:{shop}:flags";

  @TempDir private Path directory;
  private RedisProcess server;
  private RedisClient client;
  private RedisFlagWriter writer;
  private final List<FlagSnapshot> pushed = new CopyOnWriteArrayList<>();
  private final List<AutoCloseable> opened = new ArrayList<>();
  private CapturedLog log;

  @BeforeEach
  void connect() throws Exception {
    server = RedisProcess.start(directory);
    client = RedisClient.create();
    // Loads Lettuce, for which a busy machine needs more than the 5 s that a writer waits.
    client.connect(server.uri()).close();
    writer = RedisFlagWriter.of(client, server.uri(), "shop");
    log = new CapturedLog();
  }

  @AfterEach
  void stop() throws Exception {
    log.close();
    for (AutoCloseable each : opened) {
      each.close();
    }
    writer.close();
    client.shutdown(Duration.ZERO, ofSeconds(2));
    server.close();
  }

  @Test
  void whatIsThereIsInForceWhenTheFlagsAreMade() throws Exception {
    write("100");
    Flags flags = flags(RedisFlagSource.of(client, server.uri(), "shop"));
    assertThat(flags.flag("f").isEnabled("alice")).isTrue();
    assertThat(flags.status().problem()).isNull();
    assertThat(flags.snapshot().version()).matches("1-[0-9a-f]{8}");
  }

  @Test
  void aWriteIsSeenByEverySourceWithinMilliseconds() throws Exception {
    RedisClient other = RedisClient.create();
    try {
      Flags here = flags(slow().build());
      Flags there = flags(RedisFlagSource.of(other, server.uri(), "shop"));
      Flag hereFlag = here.flag("f");
      Flag thereFlag = there.flag("f");
      long[] nanos = new long[100];
      for (int n = 0; n < nanos.length; n++) {
        boolean on = n % 2 == 0;
        long start = System.nanoTime();
        write(on ? "100" : "0");
        while (hereFlag.isEnabled("a") != on || thereFlag.isEnabled("a") != on) {
          Thread.onSpinWait();
        }
        nanos[n] = System.nanoTime() - start;
      }
      Arrays.sort(nanos);
      System.out.printf(
          "from before the write until both saw it: median %.1f ms, 99 of 100 in %.1f ms%n",
          nanos[50] / 1e6, nanos[98] / 1e6);
      assertThat(Duration.ofNanos(nanos[50])).isLessThan(ofMillis(500));
    } finally {
      other.shutdown(Duration.ZERO, ofSeconds(2));
    }
  }

  @Test
  void aServerWithoutADocumentIsNoSnapshotAndTheFirstWriteIsTaken() throws Exception {
    RedisFlagSource source = started(slow());
    assertThat(pushed).isEmpty();
    assertThat(source.status().problem()).isEqualTo("no document there (expected: one)");
    write("10");
    awaitPushed("10 %");
    awaitGood(source);
  }

  @Test
  void aFrozenServerLeavesTheFlagsInForceAndTheAgeGrowsUntilItThaws() throws Exception {
    write("10");
    AtomicLong clock = new AtomicLong();
    RedisFlagSource source = started(fast().timeout(ofMillis(300)).ticker(clock::get));
    awaitGood(source);
    assertThat(source.status().age()).isZero();
    try (Freezer freezer = server.freeze()) {
      assertThat(freezer).isNotNull();
      clock.addAndGet(ofSeconds(90).toNanos());
      awaiting().until(() -> source.status().failures() >= 3);
      assertThat(source.status().age()).isEqualTo(ofSeconds(90));
      awaiting().until(() -> said(source, "within PT0.3S")); // or Lettuce's timer was the first
      assertThat(percentages()).containsExactly("10 %");
    }
    awaitGood(source);
    awaiting().until(() -> source.status().age().isZero());
    write("20");
    awaitPushed("20 %");
    awaiting().until(() -> connectionsOf("pubsub") == 1); // those given up are gone
  }

  @Test
  void aServerThatComesBackEmptyIsNoReasonToForgetAndANewEpochIsTaken() throws Exception {
    write("10");
    write("20");
    RedisFlagSource source = started(slow());
    server.kill();
    awaiting().until(() -> source.status().problem() != null);
    server.restart();
    awaiting().until(() -> "no document there (expected: one)".equals(source.status().problem()));
    assertThat(percentages()).containsExactly("20 %");

    write("30"); // version 1 again
    awaitPushed("30 %");
    assertThat(pushed.get(1).version()).startsWith("1-");
    awaitGood(source);
  }

  @Test
  void aClientThatIsToldNotToReconnectMakesNoDifference() throws Exception {
    client.setOptions(ClientOptions.builder().autoReconnect(false).build());
    write("10");
    RedisFlagSource source = started(slow());
    server.kill();
    server.restart();
    awaiting().until(() -> "no document there (expected: one)".equals(source.status().problem()));
    write("30");
    awaitPushed("30 %");
  }

  @Test
  void anOldBackupIsRefusedAndTheNextWriteTakenThoughItsVersionIsLowerStill() throws Exception {
    RedisFlagSource source = startedOnAnOldBackup();
    assertThat(source.status().problem())
        .endsWith("(expected: >= 4, or a later write, or another epoch)");
    write("5");
    awaitPushed("5 %");
    awaitGood(source);
    assertThat(percentages()).containsExactly("4 %", "5 %");
    assertThat(pushed.get(1).version()).startsWith("3-");
  }

  @Test
  void anOldBackupIsTakenWhenItsVersionIsAsHighAgainWhoeverWroteIt() throws Exception {
    RedisFlagSource source = startedOnAnOldBackup();
    byHand(document("5"), "3"); // and nothing says when
    poll();
    awaiting().until(() -> said(source, "version: 3, from an old backup?"));
    assertThat(percentages()).containsExactly("4 %");
    byHand(document("6"), "4");
    poll();
    awaitPushed("6 %");
    awaitGood(source);
  }

  @Test
  void anOldBackupIsTakenAsItIsWhenItsEpochIsAnother() throws Exception {
    RedisFlagSource source = startedOnAnOldBackup();
    admin().hset(KEY, "epoch", "restored");
    poll();
    awaitPushed("2 %");
    awaitGood(source);
  }

  /** Serves version 4, while Redis has version 2. */
  private RedisFlagSource startedOnAnOldBackup() throws Exception {
    write("1");
    write("2");
    save();
    write("3");
    write("4");
    RedisFlagSource source = started(slow());
    server.kill();
    server.restart();
    awaiting().until(() -> said(source, "version: 2, from an old backup? "));
    return source;
  }

  @Test
  void aDocumentLargerThanItsBoundIsRefusedUnreadAndTheLastGoodOneServes() throws Exception {
    write("10");
    RedisFlagSource source = started(fast().maxBytes(1024));
    long read = bytesRead();
    String document = document("20");
    byHand(document + " ".repeat(5_000_000 - document.length()), "2");
    String refusal = "document: 5000000 bytes (expected: <= maxBytes 1024)";
    awaiting().until(() -> refusal.equals(source.status().problem()));
    awaiting().until(() -> source.status().failures() >= 3);
    assertThat(bytesRead() - read).isLessThan(1_000_000);
    assertThat(percentages()).containsExactly("10 %");
    byHand(document + " ".repeat(1024 - document.length()), "3");
    awaitPushed("20 %");
    awaitGood(source);
  }

  @Test
  void aLostConnectionForMessagesIsReplacedAndWhatWasMissedIsRead() throws Exception {
    write("10");
    RedisFlagSource source = started(slow());
    for (String next : List.of("20", "30")) {
      RedisCommands<String, String> admin = admin();
      assertThat(admin.clientKill(KillArgs.Builder.typePubsub())).isEqualTo(1);
      write(next); // announced to nobody
      awaitPushed(next + " %");
    }
    awaitGood(source);
  }

  @Test
  void whatWasNeverAnnouncedIsSeenByThePoll() throws Exception {
    write("10");
    started(fast());
    byHand(document("20"), "2");
    awaitPushed("20 %");
  }

  @Test
  void aBadDocumentIsRefusedWholeAndTheNextGoodOneTaken() throws Exception {
    write("10");
    RedisFlagSource source = started(fast());
    byHand(document("100").replace("}}}", "}, \"g\": {\"enabled\": 1}}}"), "2");
    awaiting().until(() -> said(source, "flag \"g\": enabled: \"1\" (expected: true or false)"));
    awaiting().until(() -> source.status().failures() >= 3);
    assertThat(percentages()).containsExactly("10 %");
    assertThat(log.linesWith("WARN"))
        .singleElement()
        .asString()
        .contains(KEY, "the flags of snapshot 1-", "serve on");

    write("30");
    awaitPushed("30 %");
    awaitGood(source);
    assertThat(log.linesWith("\tat ")).as("stack traces").isEmpty();

    byHand(document("40"), "four");
    awaiting().until(() -> said(source, "version: \"four\" (expected: a whole number from 1)"));
  }

  @Test
  void withoutRedisTheLastKnownGoodServesAndKeepsItsRankWhenRedisIsBack() throws Exception {
    Path file = directory.resolve("last.zdd");
    write("1");
    save();
    write("2");
    started(slow().lastKnownGood(file)).close();
    server.kill();
    pushed.clear();

    RedisFlagSource source = started(slow().lastKnownGood(file));
    assertThat(percentages()).containsExactly("2 %");
    assertThat(source.status().problem()).startsWith("no connection: ");
    assertThat(log.linesWith("INFO"))
        .anySatisfy(line -> assertThat(line).contains("from " + file, "until Redis confirms it"));

    server.restart(); // with version 1
    awaiting().until(() -> said(source, "version: 1, from an old backup? (expected: >= 2"));
    assertThat(percentages()).containsExactly("2 %");
    write("3");
    write("4");
    awaitPushed("4 %");
  }

  @Test
  void aLastKnownGoodThatIsBrokenOrAnothersIsIgnoredAndSaid() throws Exception {
    Path file = directory.resolve("last.zdd");
    write("10");
    started(slow().lastKnownGood(file)).close();
    byte[] good = Files.readAllBytes(file);
    server.kill();
    pushed.clear();

    byte[] flipped = good.clone();
    flipped[good.length - 5] ^= 1;
    for (byte[] bad : List.of(flipped, new byte[0], Arrays.copyOf(good, good.length / 2))) {
      Files.write(file, bad);
      started(slow().lastKnownGood(file)).close();
    }
    assertThat(pushed).isEmpty();
    assertThat(log.linesWith("last known good ignored")).hasSize(3);

    Files.write(file, good);
    RedisFlagSource.Builder another =
        RedisFlagSource.builder(client, server.uri(), "other").lastKnownGood(file);
    started(another).close();
    assertThat(pushed).isEmpty();
    assertThat(log.linesWith("\"shop\" (expected: other)")).hasSize(1);
    started(slow().lastKnownGood(file)).close();
    assertThat(percentages()).containsExactly("10 %");
  }

  @Test
  void withoutRedisAndWithoutAFileEveryFlagAnswersItsCallersDefaultUntilRedisIsThere()
      throws Exception {
    server.kill();
    Flags flags = flags(slow().build());
    Flag flag = flags.flag("f");
    assertThat(flag.isEnabled("a", true)).isTrue();
    assertThat(flag.explain("a").reason()).isEqualTo(Reason.DEFAULT);
    server.restart();
    write("0");
    awaiting().until(() -> !flag.isEnabled("a", true));
  }

  @Test
  void aStartOnAFrozenServerEndsAtTheTimeoutAndLeavesNoConnectionBehind() throws Exception {
    write("10");
    long before = connectionsOf("normal");
    try (Freezer freezer = server.freeze()) {
      assertThat(freezer).isNotNull();
      long start = System.nanoTime();
      RedisFlagSource source = started(slow().timeout(ofMillis(500)));
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(ofSeconds(8));
      assertThat(source.status().problem()).startsWith("no connection");
      source.close();
    }
    awaiting().until(() -> connectionsOf("normal") == before);
    assertThat(connectionsOf("pubsub")).isZero();
    assertThat(pushed).isEmpty();
  }

  @Test
  void closeTakesLessThanASecondOnAFrozenServerTooAndLeavesNoThreadAndNoConnection()
      throws Exception {
    write("10");
    long before = connectionsOf("normal");
    for (boolean frozen : List.of(false, true)) {
      RedisFlagSource source = started(fast().timeout(ofSeconds(30)));
      List<Thread> threads = readers();
      assertThat(threads).singleElement().satisfies(t -> assertThat(t.isDaemon()).isTrue());
      assertThat(connectionsOf("pubsub")).isEqualTo(1);
      try (Freezer freezer = frozen ? server.freeze() : null) {
        if (freezer != null) {
          // It is in the midst of a read that would take 30 s.
          awaiting().until(() -> threads.get(0).getState() == Thread.State.TIMED_WAITING);
          awaiting().until(() -> stack(threads.get(0)).contains("RedisDeadline"));
        }
        CloseInTime.of(source, threads.get(0));
      }
      awaiting().until(() -> connectionsOf("pubsub") == 0 && connectionsOf("normal") == before);
    }
    int seen = pushed.size();
    write("20"); // the client is the caller's, and works
    assertThat(pushed).as("nothing is pushed after close").hasSize(seen);
  }

  @Test
  void closeEndsAnAttemptToConnectToWhatNeverAnswers() throws Exception {
    RedisFlagSource source = started(slow().timeout(ofSeconds(30)));
    Thread reader = readers().get(0);
    server.kill();
    try (ServerSocket mute =
        new ServerSocket(server.port(), 50, InetAddress.getByName("127.0.0.1"))) {
      assertThat(mute.isBound()).isTrue();
      awaiting().until(() -> stack(reader).contains("RedisDeadline.connection"));
      CloseInTime.of(source, reader);
    }
  }

  // The announcement of 20 comes while 10 is being handed on.
  @Test
  void aWriteDuringAnAttemptIsReadByAnother() throws Exception {
    CountDownLatch first = new CountDownLatch(1);
    RedisFlagSource source = slow().build();
    opened.add(source);
    source.start(snapshot -> {
      pushed.add(snapshot);
      first.countDown();
      awaiting().until(() -> percentages().contains("20 %") || source.wakes() > 0);
    });
    write("10");
    first.await();
    write("20");
    awaitPushed("20 %");
  }

  @Test
  void aConsumerThatHangsHoldsUpNoneOfLettucesThreadsAndNotTheClose() throws Exception {
    CountDownLatch hanging = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    RedisFlagSource source = slow().build();
    source.start(snapshot -> {
      assertThat(Thread.currentThread().getName()).isEqualTo("zdd-flags-redis");
      hanging.countDown();
      awaitThroughInterrupts(release);
    });
    try {
      write("10");
      hanging.await();
      for (int n = 0; n < 50; n++) {
        write("20"); // 50 announcements, and replies
      }
      long start = System.nanoTime();
      source.close();
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(ofSeconds(10));
      awaiting().until(() -> connectionsOf("pubsub") == 0);
    } finally {
      release.countDown();
    }
    awaiting().until(() -> readers().isEmpty()); // or another test would count it
  }

  @Test
  void theThreadOutlivesAnInterruptAndAConsumerThatThrows() throws Exception {
    AtomicLong calls = new AtomicLong();
    RedisFlagSource source = fast().build();
    opened.add(source);
    source.start(snapshot -> {
      if (calls.incrementAndGet() < 3) {
        throw new NoClassDefFoundError("test");
      }
      pushed.add(snapshot);
    });
    readers().forEach(Thread::interrupt);
    write("10");
    awaitPushed("10 %");
    awaitGood(source);
    assertThat(calls).hasValue(3);
  }

  @Test
  void refusesASecondStartAndAStartAfterCloseAndSettingsOutOfBounds() {
    RedisFlagSource source = started(slow());
    assertThatIllegalStateException()
        .isThrownBy(() -> source.start(pushed::add))
        .withMessage("redis " + KEY + " is started already (expected: one Flags for it)");
    source.close();
    RedisFlagSource closed = slow().build();
    closed.close();
    assertThatIllegalStateException().isThrownBy(() -> closed.start(pushed::add));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> slow().pollInterval(Duration.ZERO).build())
        .withMessage("pollInterval: PT0S (expected: PT0.05S to PT1H)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> slow().timeout(ofHours(1)).build())
        .withMessage("timeout: PT1H (expected: PT0.01S to PT1M)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> slow().maxBytes(1023).build())
        .withMessage("maxBytes: 1023 (expected: 1024 to 268435456)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RedisFlagSource.of(client, server.uri(), ""))
        .withMessage("namespace: \"\" (expected: 1 to 100 of A-Z a-z 0-9 . _ -)");
  }

  private RedisFlagSource.Builder slow() {
    return RedisFlagSource.builder(client, server.uri(), "shop")
        .pollInterval(ofHours(1))
        .timeout(ofSeconds(10));
  }

  private RedisFlagSource.Builder fast() {
    return slow().pollInterval(ofMillis(50));
  }

  private RedisFlagSource started(RedisFlagSource.Builder builder) {
    RedisFlagSource source = builder.build();
    opened.add(source);
    source.start(pushed::add);
    return source;
  }

  private Flags flags(RedisFlagSource source) {
    Flags flags = Flags.of(source);
    opened.add(flags);
    return flags;
  }

  private void write(String percentage) throws Exception {
    FlagRevision present = writer.read().revision();
    assertThat(writer.write(present, document(percentage).getBytes(UTF_8)))
        .isInstanceOf(FlagWrite.Written.class);
  }

  /** As an operator might, who tells nobody. */
  private void byHand(String document, String version) {
    admin().hset(KEY, Map.of("document", document, "version", version));
  }

  /** Has all that follow look, as an announcement does. */
  private void poll() {
    admin().publish("zdd:{shop}:changed", "by hand");
  }

  /** What the server has sent to all clients. */
  private long bytesRead() {
    return admin()
        .info("stats")
        .lines()
        .filter(line -> line.startsWith("total_net_output_bytes:"))
        .mapToLong(line -> Long.parseLong(line.substring(23).strip()))
        .sum();
  }

  private void save() {
    assertThat(admin().save()).isEqualTo("OK");
  }

  /** On a connection of its own, which is closed with the client. */
  private RedisCommands<String, String> admin() {
    return client.connect(server.uri()).sync();
  }

  /** How many connections there are of this kind, without the one that asks. */
  private long connectionsOf(String type) {
    try (var connection = client.connect(server.uri())) {
      String self = "id=" + connection.sync().clientId() + " ";
      return connection
          .sync()
          .clientList()
          .lines()
          .filter(line -> !line.startsWith(self))
          .filter(line -> type.equals("pubsub") == !line.contains(" sub=0 "))
          .count();
    }
  }

  private void awaitPushed(String percentage) {
    awaiting().until(() -> percentages().contains(percentage));
  }

  private void awaitGood(RedisFlagSource source) {
    awaiting().until(() -> source.status().problem() == null);
  }

  private static boolean said(RedisFlagSource source, String what) {
    String problem = source.status().problem();
    return problem != null && problem.contains(what);
  }

  private List<String> percentages() {
    return pushed.stream().map(s -> s.definitions().get(0).percentage().toString()).toList();
  }

  private static String document(String percentage) {
    return "{\"flags\": {\"f\": {\"enabled\": true, \"percentage\": \"" + percentage + "\"}}}";
  }

  private static ConditionFactory awaiting() {
    return await().atMost(ofSeconds(20)).pollInterval(ofMillis(5));
  }

  private static List<Thread> readers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("zdd-flags-redis"))
        .toList();
  }

  private static String stack(Thread thread) {
    return Arrays.toString(thread.getStackTrace());
  }

  private static void awaitThroughInterrupts(CountDownLatch latch) {
    while (true) {
      try {
        latch.await();
        return;
      } catch (InterruptedException e) {
        // on purpose: this consumer hangs
      }
    }
  }
}
