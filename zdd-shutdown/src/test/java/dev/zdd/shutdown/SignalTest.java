package dev.zdd.shutdown;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Real processes and real signals. */
@Timeout(60)
class SignalTest {
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
      await().until(() -> child.said("SIGTERM: draining"));
      child.signal("TERM");

      assertThat(child.exitCode()).isZero();
      assertThat(child.said("told again to stop")).isTrue();
    }
  }

  @Test
  void aThirdSignalEndsTheProcessAtOnce() throws Exception {
    try (ChildProcess child = ready("stuck-long")) {
      child.signal("TERM");
      await().until(() -> child.said("listener closed"));
      child.signal("TERM");
      await().until(() -> child.said("SIGTERM again"));
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
      assertThat(child.said("still here 4.0 s after the signal: halting")).isTrue();
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
}
