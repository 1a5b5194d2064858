package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
@SuppressWarnings("NullAway.Init")
class FileFlagStoreTest {
  private static final String FIRST = "{\"version\": 7, \"flags\": {}}";
  private static final String SECOND = "{\"flags\": {\"a\": {\"enabled\": true}}}";

  @TempDir private Path directory;
  private Path file;
  private FileFlagStore store;

  @BeforeEach
  void begin() {
    file = directory.resolve("flags.json");
    store = FileFlagStore.of(file);
  }

  @Test
  void writesAFileThatWasNotThereAndThenReplacesItWithItsPermissions() throws Exception {
    assertThat(store.read().revision()).isEqualTo(FlagRevision.NONE);
    FlagRevision first = written(store.write(FlagRevision.NONE, FIRST.getBytes(UTF_8)));
    assertThat(first.version()).isEqualTo(7);
    assertThat(store.read().revision()).isEqualTo(first);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-r--"));

    FlagRevision second = written(store.write(first, SECOND.getBytes(UTF_8)));
    assertThat(second.version()).isZero();
    assertThat(store.read().revision()).isEqualTo(second);
    assertThat(Files.readString(file)).isEqualTo(SECOND);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-rw-r--");
    try (Stream<Path> left = Files.list(directory)) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("flags.json", "flags.json.lock");
    }
  }

  @Test
  void anEditorsChangeInBetweenIsNotOverwrittenThoughItForgotTheVersion() throws Exception {
    FlagRevision first = written(store.write(FlagRevision.NONE, FIRST.getBytes(UTF_8)));
    Files.writeString(file, FIRST + " ");
    FlagRevision present = store.read().revision();
    assertThat(store.write(first, SECOND.getBytes(UTF_8)))
        .isEqualTo(new FlagWrite.Refused(present));
    assertThat(store.write(FlagRevision.NONE, SECOND.getBytes(UTF_8)))
        .isEqualTo(new FlagWrite.Refused(present));
    assertThat(Files.readString(file)).isEqualTo(FIRST + " ");
  }

  @Test
  void aWrongDocumentIsNotWrittenAndABadFileIsReadAllTheSame() throws Exception {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> store.write(FlagRevision.NONE, "{}".getBytes(UTF_8)))
        .withMessageStartingWith("document: line 1, column 2: flags: missing");
    assertThat(file).doesNotExist();

    Files.writeString(file, "half");
    StoredFlags bad = store.read();
    assertThat(bad.document()).isEqualTo("half".getBytes(UTF_8));
    written(store.write(bad.revision(), FIRST.getBytes(UTF_8)));
  }

  // A source of the same bound follows the file, and would refuse what is larger.
  @Test
  void aDocumentAtTheBoundIsWrittenAndReadAndOneByteMoreIsNotWritten() throws Exception {
    FileFlagStore bounded = FileFlagStore.of(file, 1024);
    byte[] at = (FIRST + " ".repeat(1024 - FIRST.length())).getBytes(UTF_8);
    byte[] over = (FIRST + " ".repeat(1025 - FIRST.length())).getBytes(UTF_8);
    FlagRevision first = written(bounded.write(FlagRevision.NONE, at));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> bounded.write(first, over))
        .withMessage("document: 1025 bytes (expected: <= maxBytes 1024)");
    assertThat(file).hasBinaryContent(at);
    try (Flags flags = Flags.of(FileFlagSource.builder(file).maxBytes(1024).build())) {
      assertThat(flags.status().problem()).isNull();
      assertThat(flags.snapshot()).isNotNull();
    }

    Files.writeString(file, FIRST + " ".repeat(5000 - FIRST.length()));
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(bounded::read)
        .withMessage("document: 5000 bytes (expected: <= maxBytes 1024)");
    Files.write(file, over);
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(bounded::read)
        .withMessage("document: 1025 bytes (expected: <= maxBytes 1024)");
    assertThat(store.read().document()).as("within its own bound").isEqualTo(over);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> store.write(first, new byte[(16 << 20) + 1]))
        .withMessage("document: 16777217 bytes (expected: <= maxBytes 16777216)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FileFlagStore.of(file, 1023))
        .withMessage("maxBytes: 1023 (expected: 1024 to 268435456)");
  }

  @Test
  void aChangeThatMakesTheDocumentTooLargeSaysOfWhichFlagItIs() throws Exception {
    written(store.write(FlagRevision.NONE, SECOND.getBytes(UTF_8)));
    FlagAdmin admin = FlagAdmin.of(FileFlagStore.of(file, 1024));
    FlagDefinition large = FlagDefinition.builder("large").salt("s".repeat(1000)).build();
    FlagRevision present = admin.read().revision();
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> admin.define(large, present, new FlagChange("alice", "to see it refused")))
        .withMessageMatching(
            "flag \"large\" was not changed: document: \\d{4} bytes \\(expected: <= maxBytes 1024\\)");
    assertThat(Files.readString(file)).isEqualTo(SECOND);
  }

  @Test
  void aSymbolicLinkStaysAndWhatItLeadsToIsReplaced() throws Exception {
    Path target = Files.createDirectories(directory.resolve("shared")).resolve("f.json");
    Files.writeString(target, FIRST);
    Files.createSymbolicLink(file, target);
    written(store.write(store.read().revision(), SECOND.getBytes(UTF_8)));
    assertThat(file).isSymbolicLink();
    assertThat(Files.readString(target)).isEqualTo(SECOND);
  }

  @Test
  void aConfigMapIsReadAndNeverWritten() throws Exception {
    Path data = Files.createDirectories(directory.resolve("..2026_11_28_06_00_00.1"));
    Files.writeString(data.resolve("flags.json"), FIRST);
    Files.createSymbolicLink(directory.resolve("..data"), data.getFileName());
    Files.createSymbolicLink(file, Path.of("..data", "flags.json"));
    FlagRevision present = store.read().revision();
    assertThat(present.version()).isEqualTo(7);

    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> store.write(present, SECOND.getBytes(UTF_8)))
        .withMessageStartingWith("nothing was written: file " + file + " is of a Kubernetes ")
        .withMessageEndingWith(
            "(expected: a file that may be replaced; change the ConfigMap instead)");
    assertThat(Files.readString(file)).isEqualTo(FIRST);
  }

  @Test
  void whereNoFileCanBeCreatedTheErrorSaysSo() {
    FileFlagStore nowhere = FileFlagStore.of(directory.resolve("gone").resolve("flags.json"));
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> nowhere.write(FlagRevision.NONE, FIRST.getBytes(UTF_8)))
        .withMessageStartingWith("nothing was written: ")
        .withMessageEndingWith("(expected: a directory in which this process may create files)");
  }

  @Test
  void refusesAnyCallAfterClose() {
    store.close();
    assertThatIllegalStateException().isThrownBy(store::read);
  }

  // Two stores, as two processes would have; the lock between processes is the file's.
  @Test
  void twoRacingAdminsLoseNoChange() throws Exception {
    int each = 50;
    written(store.write(FlagRevision.NONE, SECOND.getBytes(UTF_8)));
    List<FutureTask<Integer>> racers = new ArrayList<>();
    for (int n = 0; n < 2; n++) {
      FutureTask<Integer> racer =
          new FutureTask<>(() -> {
            FlagAdmin admin = FlagAdmin.of(FileFlagStore.of(file));
            return AdminRaceProgram.race(admin, admin.read(), each, version -> {});
          });
      racers.add(racer);
      new Thread(racer, "racer").start();
    }
    for (FutureTask<Integer> racer : racers) {
      racer.get();
    }
    assertThat(FlagAdmin.of(store).read().flag("a"))
        .isEqualTo(
            FlagDefinition.builder("a").enabled(true).percentage(new Percentage(2 * each)).build());
  }

  @Test
  void aWriteWaitsForTheLockOfAnotherProcess() throws Exception {
    Path lock = directory.resolve("flags.json.lock");
    Path errors = directory.resolve("errors");
    try (ChildJvm other = ChildJvm.start(LockHolder.class, errors, lock.toString())) {
      assertThat(other.line()).isEqualTo("locked");
      FutureTask<FlagWrite> write =
          new FutureTask<>(() -> store.write(FlagRevision.NONE, FIRST.getBytes(UTF_8)));
      Thread writer = new Thread(write, "writer");
      writer.start();
      await().until(() -> !writer.isAlive() || writer.getState() == Thread.State.TIMED_WAITING);
      assertThat(file).doesNotExist();
      other.nudge();
      written(write.get());
    }
  }

  private static FlagRevision written(FlagWrite write) {
    assertThat(write).isInstanceOf(FlagWrite.Written.class);
    return ((FlagWrite.Written) write).revision();
  }
}
