package dev.zdd.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.zdd.examples.Refusal;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InstanceTest {
  @TempDir Path directory;

  /** Ctrl-C between the end of one process and the start of the next would leave that behind. */
  @Test
  void startsNothingOnceItHasBeenClosed() {
    Instance instance =
        new Instance("shop-1", 1, new Launch(List.of("sleep", "60")), directory, new Timeline());
    instance.start("v1");
    assertThat(instance.isAlive()).isTrue();
    instance.close();
    assertThat(instance.isAlive()).isFalse();

    assertThatThrownBy(() -> instance.start("v2")).isInstanceOf(Refusal.class);
    assertThat(instance.isAlive()).isFalse();
  }
}
