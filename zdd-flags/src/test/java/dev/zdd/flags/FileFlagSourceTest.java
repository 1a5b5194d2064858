package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.zdd.testing.CapturedLog;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real files. Where a test polls by hand, the source's own thread sleeps for an hour. */
class FileFlagSourceTest {
  private static final String ON = document("100");
  private static final String OFF = document("0");

  @TempDir Path dir;
  private Path file;
  private final AtomicLong clock = new AtomicLong();
  private final List<FlagSnapshot> pushed = new ArrayList<>();
  private final List<AutoCloseable> opened = new ArrayList<>();
  private CapturedLog log;

  @BeforeEach
  void open() {
    file = dir.resolve("flags.json");
    log = new CapturedLog();
  }

  @AfterEach
  void close() throws Exception {
    log.close();
    for (AutoCloseable each : opened) {
      each.close();
    }
  }

  @Test
  void aFileThatIsThereIsInForceWhenTheFlagsAreMade() throws IOException {
    Files.writeString(file, ON);
    Flags flags = flags(FileFlagSource.of(file));

    assertThat(flags.flag("f").isEnabled("alice")).isTrue();
    assertThat(flags.status().problem()).isNull();
    assertThat(log.lines()).singleElement().asString().contains("INFO", file.toString(), "1 flags");
  }

  @Test
  void aMissingFileIsNoErrorAndIsReadWhenItAppears() throws IOException {
    Flags flags = flags(byThread());
    Flag flag = flags.flag("f");

    assertThat(flag.isEnabled("alice", true)).isTrue();
    assertThat(flag.explain("alice").reason()).isEqualTo(Reason.DEFAULT);
    await().until(() -> flags.status().failures() > 2);
    assertThat(log.lines())
        .singleElement()
        .asString()
        .contains("WARN", file.toString(), "missing; every flag answers its caller's default");

    Files.writeString(file, OFF);
    await().until(() -> !flag.isEnabled("alice", true));
    await().until(() -> flags.status().problem() == null); // a moment later
  }

  @Test
  void aChangeInPlaceIsSeenEvenIfSizeAndTimeStayTheSame() throws IOException {
    Files.writeString(file, document("10"));
    FileTime time = Files.getLastModifiedTime(file);
    FileFlagSource source = byHand();

    Files.writeString(file, document("20"));
    Files.setLastModifiedTime(file, time);
    source.poll(pushed::add);
    assertThat(percentages()).containsExactly("10 %", "20 %");
  }

  @Test
  void anOlderFileThatIsRestoredIsSeen() throws IOException {
    Files.writeString(file, ON);
    FileFlagSource source = byHand();

    Path older = Files.writeString(dir.resolve("older"), OFF);
    Files.setLastModifiedTime(older, FileTime.fromMillis(0));
    Files.move(older, file, StandardCopyOption.ATOMIC_MOVE);
    source.poll(pushed::add);
    assertThat(percentages()).containsExactly("100 %", "0 %");
  }

  @Test
  void theSameContentIsNotPushedAgain() throws IOException {
    Files.writeString(file, ON);
    FileFlagSource source = byHand();

    Files.writeString(file, ON);
    source.poll(pushed::add);
    assertThat(pushed).hasSize(1);
  }

  // The kubelet writes a new directory and swaps the link ..data, through which flags.json leads.
  @Test
  void theSymlinkSwapOfAKubernetesConfigMapIsSeen() throws IOException {
    Path first = Files.createDirectory(dir.resolve("..2026_11_23"));
    Path second = Files.createDirectory(dir.resolve("..2026_11_24"));
    Files.writeString(first.resolve("flags.json"), OFF);
    Files.writeString(second.resolve("flags.json"), ON);
    Files.createSymbolicLink(dir.resolve("..data"), first.getFileName());
    Files.createSymbolicLink(file, Path.of("..data/flags.json"));
    Flags flags = flags(byThread());
    Flag flag = flags.flag("f");
    assertThat(flag.isEnabled("alice")).isFalse();

    Path swap = Files.createSymbolicLink(dir.resolve("..data_tmp"), second.getFileName());
    Files.move(swap, dir.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
    Files.delete(first.resolve("flags.json"));

    await().until(() -> flag.isEnabled("alice"));
    assertThat(log.linesWith("WARN")).isEmpty();
  }

  @Test
  void aHalfWrittenFileIsRefusedUntilItIsComplete() throws IOException {
    Files.writeString(file, OFF);
    FileFlagSource source = byHand();
    int half = ON.length() / 2;

    Files.writeString(file, ON.substring(0, half));
    source.poll(pushed::add);
    source.poll(pushed::add);
    assertThat(percentages()).containsExactly("0 %");
    assertThat(source.status().problem()).contains("line 1, column ", "half-written?");

    Files.writeString(file, ON.substring(half), StandardOpenOption.APPEND);
    source.poll(pushed::add);
    assertThat(percentages()).containsExactly("0 %", "100 %");
    assertThat(source.status().problem()).isNull();
    assertThat(source.status().failures()).isEqualTo(2);
    assertThat(log.linesWith("WARN")).hasSize(1);
  }

  @Test
  void theLastGoodFlagsServeOnWhileTheFileIsAwayAndTheirAgeGrows() throws IOException {
    Files.writeString(file, ON);
    FileFlagSource source = byHandUnstarted();
    Flags flags = flags(source);
    Flag flag = flags.flag("f");
    String version = flag.explain("alice").version();

    Files.delete(file);
    clock.addAndGet(Duration.ofSeconds(90).toNanos());
    source.poll(pushed::add);
    Decision decision = flag.explain("alice");
    assertThat(decision.enabled()).isTrue();
    assertThat(decision.age()).isEqualTo(Duration.ofSeconds(90));
    assertThat(decision.version()).isEqualTo(version);
    assertThat(flags.status())
        .isEqualTo(new FlagSource.Status(Duration.ofSeconds(90), 1, "missing"));
    assertThat(log.linesWith("WARN"))
        .singleElement()
        .asString()
        .contains("missing; the flags of snapshot " + version + " serve on");

    // Back as it was: nothing to push, but fresh again.
    Files.writeString(file, ON);
    source.poll(pushed::add);
    assertThat(pushed).isEmpty();
    assertThat(flag.explain("alice").age()).isZero();
    assertThat(flags.status().problem()).isNull();
    assertThat(log.linesWith("good again, still snapshot " + version)).hasSize(1);

    // Gone again is a new problem, and said again.
    Files.delete(file);
    source.poll(pushed::add);
    assertThat(log.linesWith("WARN")).hasSize(2);
  }

  @Test
  void anUnchangedFileStaysFresh() throws IOException {
    Files.writeString(file, ON);
    FileFlagSource source = byHand();
    clock.addAndGet(Duration.ofDays(30).toNanos());
    assertThat(source.status().age()).isEqualTo(Duration.ofDays(30));
    source.poll(pushed::add);
    assertThat(source.status().age()).isZero();
  }

  @Test
  void eachProblemIsLoggedOnceAndNotAtEveryPoll() throws IOException {
    Files.writeString(file, ON);
    FileFlagSource source = byHand();

    for (String bad : List.of("", "<html>", "{}", ON.replace("percentage", "percentge"))) {
      Files.writeString(file, bad);
      for (int n = 0; n < 5; n++) {
        source.poll(pushed::add);
      }
    }
    assertThat(pushed).hasSize(1);
    assertThat(source.status().failures()).isEqualTo(20);
    assertThat(log.linesWith("WARN"))
        .hasSize(4)
        .allSatisfy(line -> assertThat(line).contains(file.toString(), "line 1, column "));
    assertThat(log.linesWith("\tat ")).as("stack traces").isEmpty();
    assertThat(log.linesWith("unknown field \"percentge\"")).hasSize(1);
  }

  // One wrong flag of two: neither is taken.
  @Test
  void aBadSnapshotIsRefusedWhole() throws IOException {
    Files.writeString(file, ON);
    FileFlagSource source = byHandUnstarted();
    Flags flags = flags(source);

    Files.writeString(
        file,
        """
        {"flags": {
          "f": {"enabled": false},
          "g": {"enabled": true, "percentage": 101}
        }}
        """);
    source.poll(pushed::add);
    assertThat(pushed).isEmpty();
    assertThat(flags.flag("f").isEnabled("alice")).isTrue();
    assertThat(flags.flag("g").explain("alice").reason()).isEqualTo(Reason.ERROR);
    assertThat(source.status().problem()).startsWith("line 3, column 40: flag \"g\": percentage: ");
  }

  @Test
  void aFileOfFiftyMegabytesIsRefusedFromItsSize() throws IOException {
    Files.writeString(file, ON);
    FileFlagSource source = byHand();

    try (RandomAccessFile large = new RandomAccessFile(file.toFile(), "rw")) {
      large.setLength(50 << 20);
    }
    long start = System.nanoTime();
    source.poll(pushed::add);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
    assertThat(source.status().problem()).isEqualTo("52428800 bytes (expected: <= 16777216)");
    assertThat(pushed).hasSize(1);
  }

  @Test
  void aFileJustOverTheLimitIsRefusedAndOneJustAtItIsRead() throws IOException {
    Files.writeString(file, ON + " ".repeat(1024 - ON.length()));
    FileFlagSource source = FileFlagSource.builder(file).maxBytes(1024).build();
    source.poll(pushed::add);
    assertThat(pushed).hasSize(1);

    Files.writeString(file, " ", StandardOpenOption.APPEND);
    source.poll(pushed::add);
    assertThat(source.status().problem()).isEqualTo("1025 bytes (expected: <= 1024)");
  }

  // It says that it is empty, whatever it holds: the read itself must be bounded.
  @Test
  void aFileThatIsLongerThanItsSizeSaysIsRefusedByWhatIsRead() throws IOException {
    Path endless = Path.of("/proc/kallsyms");
    assumeTrue(Files.isReadable(endless) && Files.size(endless) == 0, "no such file here");
    FileFlagSource source = FileFlagSource.builder(endless).maxBytes(1024).build();
    source.poll(pushed::add);
    assertThat(source.status().problem()).isEqualTo("1025 bytes (expected: <= 1024)");
  }

  @Test
  void whatIsNoRegularFileIsRefusedWithoutOpeningIt() throws Exception {
    Files.createDirectory(file);
    FileFlagSource directory = byHand();
    assertThat(directory.status().problem()).isEqualTo("not a regular file");

    Path pipe = dir.resolve("pipe");
    assumeTrue(
        new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0, "no pipes here");
    FileFlagSource piped = FileFlagSource.of(pipe);
    piped.poll(pushed::add); // opening it would block for good
    assertThat(piped.status().problem()).isEqualTo("not a regular file");
  }

  @Test
  void theThreadOutlivesWhateverAConsumerThrowsAndOffersTheSnapshotAgain() throws Exception {
    Files.writeString(file, ON);
    CountDownLatch third = new CountDownLatch(3);
    FileFlagSource source = byThread();
    opened.add(source);
    source.start(snapshot -> {
      third.countDown();
      if (third.getCount() > 0) {
        throw new NoClassDefFoundError("test");
      }
    });
    await().until(() -> third.getCount() == 0);
    await().until(() -> source.status().problem() == null);
    assertThat(log.linesWith("WARN")).singleElement().asString().contains("NoClassDefFoundError");
  }

  @Test
  void theThreadOutlivesAnInterruptThatIsNotItsOwn() throws Exception {
    Files.writeString(file, OFF);
    Flags flags = flags(byThread());
    pollers().forEach(Thread::interrupt);
    Files.writeString(file, ON);
    await().until(() -> flags.flag("f").isEnabled("alice"));
  }

  @Test
  void closeEndsTheThreadAtOnceThoughThePollIsAnHourAway() throws Exception {
    Files.writeString(file, ON);
    FileFlagSource source = byHand();
    List<Thread> threads = pollers();
    assertThat(threads).singleElement().satisfies(t -> assertThat(t.isDaemon()).isTrue());

    CloseInTime.of(source, threads.get(0));

    Files.writeString(file, OFF);
    source.poll(pushed::add);
    assertThat(pushed).as("nothing is pushed after close").hasSize(1);
  }

  @Test
  void closeDoesNotWaitForAConsumerThatHangs() throws Exception {
    Files.writeString(file, ON);
    CountDownLatch hanging = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    FileFlagSource source = byThread();
    source.start(snapshot -> {
      if (Thread.currentThread().getName().equals("zdd-flags-file")) {
        hanging.countDown();
        awaitThroughInterrupts(release);
      }
    });
    try {
      Files.writeString(file, OFF);
      hanging.await();
      assertTimeoutPreemptively(Duration.ofSeconds(10), source::close);
    } finally {
      release.countDown();
    }
    await().until(() -> pollers().isEmpty()); // or another test would count it
  }

  @Test
  void refusesASecondStartAndAStartAfterClose() {
    FileFlagSource source = byHand();
    assertThatIllegalStateException()
        .isThrownBy(() -> source.start(pushed::add))
        .withMessage("file " + file + " is started already (expected: one Flags for it)");
    FileFlagSource closed = FileFlagSource.of(file);
    closed.close();
    assertThatIllegalStateException()
        .isThrownBy(() -> closed.start(pushed::add))
        .withMessage("file " + file + " is closed (expected: not yet)");
  }

  @Test
  void refusesSettingsOutOfBounds() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FileFlagSource.builder(file).pollInterval(Duration.ZERO).build())
        .withMessage("pollInterval: PT0S (expected: PT0.05S to PT1H)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FileFlagSource.builder(file).pollInterval(Duration.ofHours(2)).build())
        .withMessage("pollInterval: PT2H (expected: PT0.05S to PT1H)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FileFlagSource.builder(file).maxBytes(0).build())
        .withMessage("maxBytes: 0 (expected: 1024 to 268435456)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FileFlagSource.builder(file).maxBytes(Integer.MAX_VALUE).build());
  }

  private FileFlagSource byHandUnstarted() {
    return FileFlagSource.builder(file)
        .pollInterval(Duration.ofHours(1))
        .ticker(clock::get)
        .build();
  }

  private FileFlagSource byHand() {
    FileFlagSource source = byHandUnstarted();
    opened.add(source);
    source.start(pushed::add);
    return source;
  }

  private FileFlagSource byThread() {
    return FileFlagSource.builder(file).pollInterval(Duration.ofMillis(50)).build();
  }

  private Flags flags(FileFlagSource source) {
    Flags flags = Flags.of(source);
    opened.add(flags);
    return flags;
  }

  private List<String> percentages() {
    return pushed.stream().map(s -> s.definitions().get(0).percentage().toString()).toList();
  }

  private static String document(String percentage) {
    return "{\"flags\": {\"f\": {\"enabled\": true, \"percentage\": \"" + percentage + "\"}}}";
  }

  private static List<Thread> pollers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("zdd-flags-file"))
        .toList();
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
