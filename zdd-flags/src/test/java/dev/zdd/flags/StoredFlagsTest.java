package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StoredFlagsTest {
  @Test
  void aSourceHasAllThatTheDocumentHas() throws Exception {
    FlagSnapshot written = RandomSnapshot.of(1);
    assertThat(written.segments()).isNotEmpty();
    assertThat(written.retired()).isNotEmpty();
    FlagRevision revision = new FlagRevision(7, "epoch", "write");
    FlagSnapshot read = new StoredFlags(revision, written.toDocument().getBytes(UTF_8)).parse();

    assertThat(read.version()).startsWith("7-");
    assertThat(read)
        .isEqualTo(
            new FlagSnapshot(
                read.version(), written.definitions(), written.segments(), written.retired()));
  }
}
