package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourceScanTest {
  @TempDir Path dir;

  @Test
  void findsWhereAKeyStandsFirst() throws Exception {
    Path java = write("b/A.java", "class A {\n  Flag a = flags.flag(\"a\"); // \"a\"\n\"a\"\n}");
    Path kotlin = write("c/B.kt", "val b = flags.flag(\"b\")");
    write("d/C.kt", "val b = flags.flag(\"b\")");
    write("notes.txt", "\"c\"");
    assertThat(SourceScan.places(List.of(dir), Set.of("a", "b", "c")))
        .isEqualTo(Map.of("a", java + ":2", "b", kotlin + ":1"));
  }

  @Test
  void onlyAWholeLiteralIsAKey() throws Exception {
    write("A.java", "x(\"a-b\", \"b a\", a, \"\"); // a\n\"a\na\"\n\"");
    assertThat(SourceScan.places(List.of(dir), Set.of("a"))).isEmpty();
  }

  @Test
  void aQuoteThatBeginsNoLiteralHidesNothing() throws Exception {
    Path file = write("A.java", "split('\"', \"a\"); // say \"b\n");
    assertThat(SourceScan.places(List.of(dir), Set.of("a"))).containsEntry("a", file + ":1");
  }

  @Test
  void aFileInAnotherEncodingIsReadAllTheSame() throws Exception {
    Path file = dir.resolve("A.java");
    Files.write(file, new byte[] {'/', (byte) 0xe4, '\n', '"', 'a', '"'});
    assertThat(SourceScan.places(List.of(dir), Set.of("a"))).containsEntry("a", file + ":2");
  }

  @Test
  void whatIsNoDirectoryIsRefused() {
    Path none = dir.resolve("none");
    assertThatThrownBy(() -> SourceScan.places(List.of(none), Set.of("a")))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageStartingWith("sources: " + none + ": ");
  }

  private Path write(String name, String content) throws Exception {
    Path file = dir.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, content);
  }
}
