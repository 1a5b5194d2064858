package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(90)
class ChildJvmTest {
  @TempDir Path directory;

  @Test
  void whoeverWaitsInVainIsToldWhatTheChildHasSaidAndDoes() throws Exception {
    String lock = directory.resolve("lock").toString();
    try (ChildJvm child = ChildJvm.start(LockHolder.class, directory.resolve("errors"), lock)) {
      child.line();
      assertThatThrownBy(() -> child.next(Duration.ofMillis(10)))
          .isInstanceOf(AssertionError.class)
          .hasMessageStartingWith("no line within PT0.01S: of 1 lines the last are\nlocked\n")
          .hasMessageContaining("at dev.zdd.flags.LockHolder.main");
      child.nudge();
      assertThatThrownBy(child::line)
          .isInstanceOf(AssertionError.class)
          .hasMessageStartingWith("it has ended: ");
    }
  }
}
