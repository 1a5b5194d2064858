package dev.zdd.shutdown;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Real processes and real signals. */
@Timeout(120)
@Execution(ExecutionMode.CONCURRENT)
class SignalTest {
  private static final int SIGHUP = 1;
  private static final int SIGINT = 2;

  private static ChildProcess ready(String scenario, String... jvmOptions) throws Exception {
    ChildProcess child = ChildProcess.start(scenario, jvmOptions);
    await().atMost(Duration.ofSeconds(20)).until(() -> child.said("ready"));
    return child;
  }

  @Test
  void exitsWithZeroAfterACleanDrainAndTellsItsStory() throws Exception {
    try (ChildProcess child = ready("clean")) {
      child.signal("TERM");

      assertThat(child.exitCode()).isZero();
      assertThat(child.lines.stream().filter(line -> line.contains("shutdown +")))
          .anyMatch(line -> line.contains("SIGTERM: draining"))
          .anyMatch(line -> line.contains("listener closed"))
          .anyMatch(line -> line.contains("nothing in flight, no connection open"))
          .anyMatch(line -> line.contains("closed database"))
          .anyMatch(line -> line.contains("clean. Since SIGTERM: served 0"));
      assertThat(child.lines).containsOnlyOnce("database closed");
    }
  }

  @Test
  void exitsOnASignalAlsoWhenTheApplicationHasShutItselfDownBefore() throws Exception {
    try (ChildProcess child = ready("shut-down-by-application")) {
      child.signal("TERM");

      assertThat(child.exitCode()).isZero();
      assertThat(child.said("application: draining")).isTrue();
      assertThat(child.lines).containsOnlyOnce("database closed");
    }
  }

  @Test
  void treatsSigintLikeSigterm() throws Exception {
    assumeTrue(hears(SIGINT), "in the background of a shell");
    try (ChildProcess child = ready("clean")) {
      child.signal("INT");
      assertThat(child.exitCode()).isZero();
      assertThat(child.said("SIGINT: draining")).isTrue();
    }
  }

  @Test
  void saysWithItsExitCodeAndAStackThatSomethingWasCut() throws Exception {
    try (ChildProcess child = ready("stuck")) {
      child.signal("TERM");

      assertThat(child.exitCode()).isEqualTo(75);
      assertThat(child.said("cutting GET /stuck (")).isTrue();
      assertThat(child.said("dev.zdd.shutdown.SignalledProgram.hang(")).isTrue();
      assertThat(child.said("database closed")).isTrue();
    }
  }

  @Test
  void aSecondSignalEndsTheAnnouncement() throws Exception {
    try (ChildProcess child = ready("long-announce")) {
      child.signal("TERM");
      await().atMost(Duration.ofSeconds(20)).until(() -> child.said("SIGTERM: draining"));
      child.signal("TERM");

      assertThat(child.exitCode()).isZero();
      assertThat(child.said("told again to stop")).isTrue();
    }
  }

  @Test
  void aThirdSignalEndsTheProcessAtOnce() throws Exception {
    try (ChildProcess child = ready("stuck-long")) {
      child.signal("TERM");
      await().atMost(Duration.ofSeconds(20)).until(() -> child.said("listener closed"));
      child.signal("TERM");
      await().atMost(Duration.ofSeconds(20)).until(() -> child.said("SIGTERM again"));
      child.signal("TERM");

      assertThat(child.exitCode()).isEqualTo(75);
    }
  }

  @Test
  void drainsWhenTheApplicationCallsExitAndLeavesItsExitCode() throws Exception {
    try (ChildProcess child = ready("exit-by-application")) {
      assertThat(child.exitCode()).isEqualTo(7);
      assertThat(child.said("JVM shutdown: draining")).isTrue();
      assertThat(child.lines).containsOnlyOnce("database closed");
    }
  }

  @Test
  void finishesTheDrainWhenSomebodyCallsExitInTheMiddleOfIt() throws Exception {
    try (ChildProcess child = ready("exit-during-announce")) {
      child.signal("TERM");

      assertThat(child.exitCode()).isEqualTo(9);
      assertThat(child.lines).containsOnlyOnce("database closed");
      assertThat(child.said("clean. Since SIGTERM: served 0")).isTrue();
    }
  }

  @Test
  void isNotDeadlockedByAStepThatCallsExit() throws Exception {
    try (ChildProcess child = ready("exit-in-step")) {
      child.signal("TERM");

      assertThat(child.exitCode()).isEqualTo(9);
      assertThat(child.said("exiting has not returned within")).isTrue();
      assertThat(child.lines).containsOnlyOnce("database closed");
    }
  }

  @Test
  void drainsBeforeTheHooksOfLoggingFrameworksAndContainersRun() throws Exception {
    try (ChildProcess child = ready("foreign-hook")) {
      child.signal("TERM");

      assertThat(child.exitCode()).isZero();
      assertThat(String.join("\n", child.lines))
          .containsSubsequence("database closed", "clean. Since SIGTERM", "foreign hook ran");
    }
  }

  @Test
  void haltsWhenSomebodyElsesHookHangsAndKeepsTheHonestExitCode() throws Exception {
    try (ChildProcess child = ready("foreign-hook-hangs")) {
      child.signal("TERM");

      assertThat(child.exitCode()).isZero();
      assertThat(child.said("still here 6.0 s after the signal: halting")).isTrue();
    }
  }

  @Test
  void survivesAnOutOfMemoryErrorInAStep() throws Exception {
    try (ChildProcess child = ready("out-of-memory")) {
      child.signal("TERM");

      assertThat(child.exitCode()).isEqualTo(75);
      assertThat(child.lines).containsOnlyOnce("database closed");
    }
  }

  @Test
  void fallsBackToAHookWhereTheJvmHasNoSignalModuleAndExitsWith143() throws Exception {
    try (ChildProcess child = ready("clean", "--limit-modules", "java.base")) {
      assertThat(child.said("falling back to a JVM shutdown hook")).isTrue();
      child.signal("TERM");

      assertThat(child.exitCode()).isEqualTo(143);
      assertThat(child.said("JVM shutdown: draining")).isTrue();
      assertThat(child.lines).containsOnlyOnce("database closed");
    }
  }

  @Test
  void exitsAsSignalledIfThatIsWanted() throws Exception {
    try (ChildProcess child = ready("as-signalled")) {
      child.signal("TERM");
      assertThat(child.exitCode()).isEqualTo(143);
      assertThat(child.said("clean. Since SIGTERM")).isTrue();
    }
  }

  @Test
  void leavesItsReportInAFile(@TempDir Path directory) throws Exception {
    Path file = Files.writeString(directory.resolve("drain.json"), "the one before");
    try (ChildProcess child = ready("report-file", "-Dreport.file=" + file)) {
      child.signal("TERM");
      assertThat(child.exitCode()).isZero();
    }
    assertThat(Files.readString(file))
        .startsWith(
            "{\"clean\":true,\"reason\":\"SIGTERM\",\"announcedUntil\":\"no prober was seen")
        .endsWith("}\n");
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void treatsSighupLikeSigterm() throws Exception {
    assumeTrue(hears(SIGHUP), "started by nohup");
    try (ChildProcess child = ready("clean")) {
      child.signal("HUP");
      assertThat(child.exitCode()).isZero();
      assertThat(child.said("SIGHUP: draining")).isTrue();
    }
  }

  @Test
  void reloadsAtSighupIfTheApplicationSaysSo() throws Exception {
    assumeTrue(hears(SIGHUP), "started by nohup");
    try (ChildProcess child = ready("reload")) {
      child.signal("HUP");
      await().atMost(Duration.ofSeconds(20)).until(() -> child.said("reloaded"));
      child.signal("TERM");

      assertThat(child.exitCode()).isZero();
      assertThat(child.said("SIGTERM: draining")).isTrue();
      assertThat(child.said("SIGTERM again")).isFalse();
    }
  }

  @Test
  void goesOnWhenAReloadFails() throws Exception {
    assumeTrue(hears(SIGHUP), "started by nohup");
    try (ChildProcess child = ready("reload-fails")) {
      child.signal("HUP");
      await().atMost(Duration.ofSeconds(20)).until(() -> child.said("no such file"));
      child.signal("TERM");
      assertThat(child.exitCode()).isZero();
    }
  }

  @Test
  void goesOnIgnoringSighupUnderNohup() throws Exception {
    String command = ChildProcess.quoted(ChildProcess.command("clean"));
    try (ChildProcess child =
        ChildProcess.started(List.of("sh", "-c", "trap '' HUP; exec " + command))) {
      await().atMost(Duration.ofSeconds(20)).until(() -> child.said("ready"));
      child.signal("HUP");
      child.signal("TERM");
      assertThat(child.exitCode()).isZero();
      assertThat(child.said("SIGTERM: draining")).isTrue();
      assertThat(child.said("SIGHUP")).isFalse();
    }
  }

  /** What this process ignores its children do, too. */
  private static boolean hears(int signal) throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return true;
    }
    String ignored =
        Files.readAllLines(status).stream()
            .filter(line -> line.startsWith("SigIgn:"))
            .findAny()
            .orElse("SigIgn: 0");
    long mask = Long.parseUnsignedLong(ignored.substring(7).trim(), 16);
    return (mask >> (signal - 1) & 1) == 0;
  }

  @Test
  void drainsAProcessThatIsStillStarting() throws Exception {
    try (ChildProcess child = ready("starting")) {
      child.signal("TERM");
      assertThat(child.exitCode()).isZero();
      assertThat(child.lines).containsOnlyOnce("database closed");
    }
  }

  // The JVM starts a thread for each. Which comes first is open: one begins the drain, the other
  // counts as the second and only ends the announcement.
  @Test
  void drainsOnceAtTwoSignalsAtTheSameMoment() throws Exception {
    assumeTrue(hears(SIGINT), "in the background of a shell");
    try (ChildProcess child = ready("long-announce")) {
      child.shell("kill -TERM $pid; kill -INT $pid");
      assertThat(child.exitCode()).isZero();
      assertThat(child.lines).containsOnlyOnce("database closed");
      assertThat(child.lines.stream().filter(line -> line.contains(": draining"))).hasSize(1);
      assertThat(child.said("announced: told again to stop")).isTrue();
    }
  }

  // A request thread that calls exit never comes back from it, so its request can never finish.
  @Test
  void drainsAndCutsTheRequestThatCallsExitItself() throws Exception {
    try (ChildProcess child = ready("exit-in-request")) {
      assertThat(child.exitCode()).isEqualTo(8);
      assertThat(child.said("cutting GET /exit (")).isTrue();
      assertThat(child.said("java.lang.Runtime.exit(")).isTrue();
      assertThat(child.lines).containsOnlyOnce("database closed");
    }
  }

  @Test
  void haltsWhenSomebodyElsesHookDeadlocks() throws Exception {
    try (ChildProcess child = ready("foreign-hook-exits")) {
      child.signal("TERM");
      assertThat(child.exitCode()).isZero();
      assertThat(child.lines).containsOnlyOnce("database closed");
      assertThat(child.said("halting")).isTrue();
    }
  }

  @Test
  void givesClosingStepsTheContextClassLoaderOfTheApplication() throws Exception {
    try (ChildProcess child = ready("class-loader")) {
      child.signal("TERM");
      assertThat(child.exitCode()).isZero();
      assertThat(child.said("loader jdk.internal.loader.ClassLoaders$AppClassLoader")).isTrue();
    }
  }

  @Test
  void goesOnAfterABriefStandstillAsIfNothingHadHappened() throws Exception {
    try (ChildProcess child = ready("long-request")) {
      child.signal("TERM");
      await().atMost(Duration.ofSeconds(20)).until(() -> child.said("listener closed"));
      child.shell("kill -STOP $pid; sleep 1; kill -CONT $pid");

      assertThat(child.exitCode()).isZero();
      assertThat(child.said("clean. Since SIGTERM: served 1")).isTrue();
    }
  }

  // Stopped for longer than the deadline, the drain wakes to find itself out of time: it cuts, and
  // closes what it can, before the watchdog, which wakes at the same moment, may halt the JVM.
  @Test
  void cutsAndClosesAfterAStandstillBeyondItsDeadline() throws Exception {
    try (ChildProcess child = ready("stuck-at-the-deadline")) {
      child.signal("TERM");
      await().atMost(Duration.ofSeconds(20)).until(() -> child.said("listener closed"));
      child.shell("kill -STOP $pid; sleep 6; kill -CONT $pid");

      assertThat(child.exitCode()).isEqualTo(75);
      assertThat(child.said("cutting GET /stuck")).isTrue();
      assertThat(child.said("database closed")).isTrue();
    }
  }

  @Test
  void drainsAsTheFirstProcessOfAContainer() throws Exception {
    try (ChildProcess child = container(ChildProcess.command("clean"))) {
      child.signalChild("TERM");
      assertThat(child.exitCode()).isZero();
      assertThat(child.said("SIGTERM: draining")).isTrue();
      assertThat(child.said("PID 1 is a shell")).isFalse();
    }
  }

  @Test
  void warnsOfAShellAsTheFirstProcessOfTheContainer() throws Exception {
    // The second command keeps the shell from replacing itself with the JVM.
    String command = ChildProcess.quoted(ChildProcess.command("clean")) + "; exit $?";
    try (ChildProcess child = container(List.of("sh", "-c", command))) {
      assertThat(child.said("PID 1 is a shell (sh) and this JVM its child")).isTrue();
    }
  }

  private static ChildProcess container(List<String> command) throws Exception {
    List<String> unshare =
        List.of(
            "unshare",
            "--user",
            "--map-root-user",
            "--pid",
            "--fork",
            "--kill-child",
            "--mount-proc");
    assumeTrue(allowed(unshare), "this machine does not allow process namespaces (unshare)");
    List<String> whole = new ArrayList<>(unshare);
    whole.addAll(command);
    ChildProcess child = ChildProcess.started(whole);
    await().atMost(Duration.ofSeconds(20)).until(() -> child.said("ready"));
    return child;
  }

  private static boolean allowed(List<String> unshare) throws InterruptedException {
    List<String> nothing = new ArrayList<>(unshare);
    nothing.add("true");
    try {
      return new ProcessBuilder(nothing).start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
