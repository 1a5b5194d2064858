package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.reporting.ReportEntry;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Runs test failures as a build does, and looks at what became of them. */
class NoStaleFlagsTest {
  private static final String DIRECTORY = "target/no-stale-flags/";

  private final List<TestExecutionResult> failures = new ArrayList<>();
  private final List<String> passed = new ArrayList<>();
  private final List<ReportEntry> entries = new ArrayList<>();

  @NoStaleFlags(document = DIRECTORY + "good.json", keys = PermanentKeys.class)
  static class GoodCase {
    @Test
    void runs() {}
  }

  @NoStaleFlags(document = DIRECTORY + "expired.json", keys = PermanentKeys.class)
  static class ExpiredCase {
    @Test
    void runs() {}
  }

  @NoStaleFlags(
      document = DIRECTORY + "expired.json",
      keys = PermanentKeys.class,
      ignore = StaleKind.EXPIRED)
  static class IgnoringCase {
    @Test
    void runs() {}
  }

  @NoStaleFlags(
      document = DIRECTORY + "soon.json",
      sources = DIRECTORY + "code",
      memory = DIRECTORY + "memory.json",
      days = 1_000_000,
      warnDays = 10_000_000)
  static class SoonCase {
    @Test
    void runs() {}
  }

  @NoStaleFlags(document = DIRECTORY + "none.json")
  static class MissingCase {
    @Test
    void runs() {}
  }

  static class RegisteredCase {
    @RegisterExtension
    static final NoStaleFlagsExtension STALE =
        NoStaleFlagsExtension.of(
            StaleFlags.builder(Path.of(DIRECTORY + "soon.json"))
                .clock(InstantSource.fixed(Instant.parse("9999-01-02T00:00:00Z")))
                .build());

    @Test
    void runs() {}
  }

  static final class PermanentKeys {
    static final FlagKey PAYMENTS = FlagKey.of("payments", "team payments", FlagType.KILL_SWITCH);

    private PermanentKeys() {}
  }

  @Test
  void aClassRunsWhereNothingIsStale() throws Exception {
    write("good.json", "{'flags':{'payments':{'enabled':true,'created':'2020-01-01'}}}");
    run(GoodCase.class);
    assertThat(passed).containsExactly("runs()");
    assertThat(entries).isEmpty();
  }

  @Test
  void aClassFailsWithTheTableWhereAFlagIsStale() throws Exception {
    write("expired.json", "{'flags':{'payments':{'enabled':true,'expires':'2020-01-01'}}}");
    run(ExpiredCase.class);
    assertThat(passed).isEmpty();
    assertThat(failures).hasSize(1);
    assertThat(failures.get(0).getThrowable().orElseThrow())
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("Stale flags on ")
        .hasMessageContaining("FAIL  expired  payments  team payments  2020-01-01  its last day");

    run(IgnoringCase.class);
    assertThat(passed).containsExactly("runs()");
  }

  @Test
  void anExpiryToComeIsAReportEntry() throws Exception {
    write("soon.json", "{'flags':{'a':{'enabled':true,'expires':'9999-01-01'}}}");
    write(
        "memory.json",
        "{'a':{'seen':'2020-01-01','fullyOn':'2020-01-01'},'b':{'seen':'2020-01-01'}}");
    write("code/A.java", "'a'");
    run(SoonCase.class);
    assertThat(passed).containsExactly("runs()");
    assertThat(entries).hasSize(1);
    assertThat(entries.get(0).getKeyValuePairs().get("stale-flags"))
        .contains("warn  expires-soon  a");
    assertThat(Path.of(DIRECTORY + "memory.json"))
        .content()
        .contains("\"a\"")
        .doesNotContain("\"b\"");

    run(RegisteredCase.class);
    assertThat(failures.get(0).getThrowable().orElseThrow()).hasMessageContaining("FAIL  expired");
  }

  @Test
  void aDocumentThatIsMissingFailsTheClass() {
    run(MissingCase.class);
    assertThat(failures.get(0).getThrowable().orElseThrow())
        .hasMessageStartingWith("document: " + DIRECTORY + "none.json: ");
  }

  private void run(Class<?> test) {
    failures.clear();
    passed.clear();
    entries.clear();
    LauncherFactory.create()
        .execute(
            LauncherDiscoveryRequestBuilder.request().selectors(selectClass(test)).build(),
            new TestExecutionListener() {
              @Override
              public void executionFinished(TestIdentifier id, TestExecutionResult result) {
                boolean isGood = result.getStatus() == TestExecutionResult.Status.SUCCESSFUL;
                if (id.isTest() && isGood) {
                  passed.add(id.getDisplayName());
                } else if (!isGood) {
                  failures.add(result);
                }
              }

              @Override
              public void reportingEntryPublished(TestIdentifier id, ReportEntry entry) {
                entries.add(entry);
              }
            });
  }

  private static void write(String name, String content) throws Exception {
    Path file = Path.of(DIRECTORY + name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content.replace('\'', '"'));
  }
}
