package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StaleFlagsCheckTest {
  private static final String KEYS = "dev.zdd.flags.ShopFlags";

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @TempDir Path dir;
  private String document;

  @BeforeEach
  void writeADocument() throws Exception {
    document =
        Files.writeString(
                dir.resolve("flags.json"),
                """
                {"flags": {
                  "new-checkout": {"enabled": true, "percentage": 10},
                  "payments": {"enabled": true, "created": "2020-01-01"}
                }}\
                """)
            .toString();
  }

  @Test
  void aBuildGoesOnUntilAFlagExpires() {
    assertThat(check(document, "--keys", KEYS, "--today", "2027-01-01")).isZero();
    assertThat(out.toString(UTF_8)).startsWith("Stale flags on 2027-01-01: 0 to fail for, 0 to");
    assertThat(check(document, "--keys", KEYS, "--today", "2027-01-31")).isZero();
    assertThat(out.toString(UTF_8)).contains("expires-soon");
    assertThat(check(document, "--keys", KEYS, "--today", "2027-02-01")).isEqualTo(1);
    assertThat(out.toString(UTF_8)).contains("FAIL  expired");
    assertThat(err.toString(UTF_8)).isEmpty();
  }

  @Test
  void theDaysOfItsOptionsAreMinded() throws Exception {
    String on =
        Files.writeString(dir.resolve("on.json"), "{\"flags\":{\"a\":{\"enabled\":true}}}")
            .toString();
    String memory = dir.resolve("memory.json").toString();
    assertThat(check(on, "--memory", memory, "--days", "7", "--today", "2027-01-01")).isZero();
    assertThat(check(on, "--memory", memory, "--days", "7", "--today", "2027-01-07")).isZero();
    assertThat(check(on, "--memory", memory, "--days", "7", "--today", "2027-01-08")).isEqualTo(1);
    assertThat(
            check(
                on,
                "--memory",
                memory,
                "--days",
                "7",
                "--today",
                "2027-01-08",
                "--ignore",
                "fully-on,expired"))
        .isZero();

    check(document, "--keys", KEYS, "--today", "2027-01-29", "--warn-days", "1");
    assertThat(out.toString(UTF_8)).contains("0 to warn of");
    check(document, "--keys", KEYS, "--today", "2027-01-30", "--warn-days", "1");
    assertThat(out.toString(UTF_8)).contains("1 to warn of");
  }

  @Test
  void sourcesSayWhatNobodyUses() throws Exception {
    Path code = Files.createDirectory(dir.resolve("code"));
    Files.writeString(code.resolve("Shop.java"), "flags.flag(\"new-checkout\")");
    assertThat(check(document, "--sources", code.toString(), "--today", "2027-01-01")).isEqualTo(1);
    assertThat(out.toString(UTF_8)).contains("FAIL  unreferenced  payments");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "D --days ten | --days: \"ten\" (expected: a whole number of days)",
        "D --days 0 | fullyOnDays: 0 (expected: >= 1)",
        "D --days | --days: missing (expected: a value)",
        "D --json --days 3 | --json: missing (expected: a value)",
        "D --today soon | --today: \"soon\" (expected: a date, as 2027-01-31)",
        "D --ignore all | finding: \"all\" (expected one of: expired, ",
        "D --keys com.shop.None | --keys: \"com.shop.None\": java.lang.ClassNotFoundException: ",
        "D --keys java.lang.String | keys: java.lang.String (expected: an enum ",
        "D --forbid x | argument: \"--forbid\" (expected: one of these)",
        "D D | argument: ",
        "--days 3 | document: missing (expected: a file of flags first)",
        "none.json | document: none.json: java.nio.file.NoSuchFileException",
        "D --sources none | sources: none: java.nio.file.NotDirectoryException: none",
        "D --json none/x.json | --json: none/x.json: java.nio.file.NoSuchFileException",
      })
  void whatItCannotTellIsAnErrorOfItsOwn(String arguments, String message) {
    String[] args = arguments.split(" ");
    for (int i = 0; i < args.length; i++) {
      args[i] = args[i].equals("D") ? document : args[i];
    }
    assertThat(check(args)).isEqualTo(2);
    assertThat(err.toString(UTF_8)).startsWith(message);
  }

  @Test
  void withoutArgumentsItSaysWhichThereAre() {
    assertThat(check()).isEqualTo(2);
    assertThat(err.toString(UTF_8)).contains("--warn-days n ", "--memory file ", "--json file ");
  }

  @Test
  void theJvmExitsWithThatCodeAndNeedsNeitherJUnitNorMicrometer() throws Exception {
    Path json = dir.resolve("out.json");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx64m", "-XX:TieredStopAtLevel=1", "-cp", classPath()));
    command.add(StaleFlagsCheck.class.getName());
    command.addAll(List.of(document, "--keys", KEYS, "--today", "2027-02-01"));
    command.addAll(List.of("--json", json.toString()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String printed = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(printed).isEqualTo(1);
    assertThat(printed).contains("FAIL  expired");
    assertThat(json).content().contains("\"kind\":\"expired\",\"flag\":\"new-checkout\"");
  }

  private int check(String... args) {
    out.reset();
    err.reset();
    return StaleFlagsCheck.run(
        List.of(args), new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8));
  }

  private static String classPath() throws Exception {
    return Stream.of(StaleFlagsCheck.class, ShopFlags.class, JsonFactory.class)
        .map(type -> type.getProtectionDomain().getCodeSource().getLocation().getPath())
        .collect(Collectors.joining(File.pathSeparator));
  }
}
