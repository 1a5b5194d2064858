package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FlagMemoryTest {
  private static final Instant NOW = Instant.parse("2026-11-28T23:59:59Z");

  @TempDir Path dir;

  @Test
  void keepsALineForEachFlagAndForgetsThoseThatAreGone() throws Exception {
    Path file = dir.resolve("memory.json");
    FlagMemory memory = new FlagMemory(file);
    memory.update(snapshot("b", "a"), NOW);
    assertThat(file)
        .hasContent(
            """
            {
            "a":{"seen":"2026-11-28","fullyOn":"2026-11-28"}
            ,"b":{"seen":"2026-11-28","fullyOn":"2026-11-28"}}\
            """);

    memory.update(snapshot("a", "c"), NOW.plus(Duration.ofDays(2)));
    assertThat(file)
        .hasContent(
            """
            {
            "a":{"seen":"2026-11-28","fullyOn":"2026-11-28"}
            ,"c":{"seen":"2026-11-30","fullyOn":"2026-11-30"}}\
            """);
    try (var files = Files.list(dir)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void writesNothingWhereNothingIsNew() throws Exception {
    Path file = dir.resolve("memory.json");
    new FlagMemory(file).update(snapshot("a"), NOW);
    FileTime old = FileTime.from(NOW.minusSeconds(9_999));
    Files.setLastModifiedTime(file, old);
    new FlagMemory(file).update(snapshot("a"), NOW.plus(Duration.ofDays(1)));
    assertThat(Files.getLastModifiedTime(file)).isEqualTo(old);
  }

  @Test
  void aFileOfAnotherKindIsNotOverwritten() throws Exception {
    Path file = Files.writeString(dir.resolve("flags.json"), "{\"flags\":{\"a\":{}}}");
    assertThatThrownBy(() -> new FlagMemory(file).update(snapshot("a"), NOW))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessage(
            "memory: %s: line 1, column 11: unknown field \"a\" (expected one of: fullyOn, seen);"
                + " delete it to begin anew",
            file);
    assertThat(file).hasContent("{\"flags\":{\"a\":{}}}");
  }

  @Test
  void anEntryWithoutItsDayIsRefused() throws Exception {
    Path file = Files.writeString(dir.resolve("memory.json"), "{\"a\":{}}");
    assertThatThrownBy(() -> new FlagMemory(file).update(snapshot("a"), NOW))
        .hasMessageContaining("seen: missing (expected: a date)");
  }

  @Test
  void aDirectoryThatIsMissingIsNamed() {
    Path file = dir.resolve("none").resolve("memory.json");
    assertThatThrownBy(() -> new FlagMemory(file).update(snapshot("a"), NOW))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageStartingWith("memory: " + file + ": ");
  }

  private static FlagSnapshot snapshot(String... keys) {
    return new FlagSnapshot(
        "1",
        List.of(keys).stream()
            .map(key -> FlagDefinition.builder(key).enabled(true).build())
            .toList());
  }
}
