package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImportFlagsTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @TempDir Path dir;

  @Test
  void aDocumentOfFlagdsBecomesOneOfOursWhateverTheTerminalsCharactersAre() throws Exception {
    String file =
        write(
            """
            {"flags": {"banner": {"state": "ENABLED", "defaultVariant": "grün",
                                  "variants": {"grün": "grün", "rot": "rot"}}}}\
            """);

    assertThat(run("flagd", file)).isZero();

    FlagSnapshot ours = FlagDocument.parse(out.toByteArray());
    assertThat(ours.definitions())
        .isEqualTo(FlagdImport.read(Files.readAllBytes(Path.of(file))).snapshot().definitions());
    assertThat(out.toString(UTF_8)).contains("grün");
    assertThat(err.toString(UTF_8)).isEqualTo("1 flags taken over, 0 left out\n");
  }

  @Test
  void whatUnleashHasAndWeHaveNotIsToBeRead() throws Exception {
    String file =
        write(
            """
            {"version": 2, "features": [
              {"name": "kept", "enabled": true, "strategies": [{"name": "default"}]},
              {"name": "lost", "enabled": true, "strategies": [{"name": "applicationHostname"}]}]}\
            """);

    assertThat(run("unleash", file)).isEqualTo(1);

    assertThat(FlagDocument.parse(out.toByteArray()).definitions())
        .extracting(FlagDefinition::key)
        .containsExactly("kept");
    assertThat(err.toString(UTF_8).lines())
        .hasSize(2)
        .first()
        .asString()
        .startsWith("flag \"lost\": strategies[0]")
        .endsWith("(left out)");
    assertThat(err.toString(UTF_8)).endsWith("1 flags taken over, 1 left out\n");
  }

  @Test
  void whatIsNoDocumentIsNamed() throws Exception {
    assertThat(run()).isEqualTo(2);
    assertThat(run("unleash", dir.resolve("none.json").toString())).isEqualTo(2);
    assertThat(run("togglz", write("{}"))).isEqualTo(2);
    assertThat(run("flagd", write("{}"))).isEqualTo(2);
    assertThat(run("flagd", write("not JSON"))).isEqualTo(2);

    assertThat(out.size()).isZero();
    assertThat(err.toString(UTF_8))
        .contains("arguments: 0 (expected: 2)", "none.json", "unleash <file>")
        .contains("system: \"togglz\" (expected: unleash or flagd)")
        .contains("flags: missing");
  }

  private String write(String content) throws Exception {
    return Files.writeString(dir.resolve("theirs.json"), content).toString();
  }

  private int run(String... args) {
    PrintStream ascii = new PrintStream(out, true, StandardCharsets.US_ASCII);
    return ImportFlags.run(List.of(args), ascii, new PrintStream(err, true, UTF_8));
  }
}
