package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.core.RequestContext;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** That docs/flags.md is true: its file does what it says, and its tables name what there is. */
class DocumentedFileTest {
  private static final Path DOCS = Path.of("..", "docs", "flags.md");
  private static final Pattern FILE = Pattern.compile("```json\n(.*?)```", Pattern.DOTALL);

  @Test
  void itsFileAnswersAsItSays() throws Exception {
    FlagSnapshot snapshot = FlagDocument.parse(file().getBytes(StandardCharsets.UTF_8));
    Instant[] now = {Instant.parse("2026-12-01T07:00:00Z")};
    Flag flag = Flags.of(new SnapshotSource(snapshot), () -> now[0]).flag("new-checkout");

    assertThat(flag.explain(staff("dave").build()).detail()).isEqualTo("rule 1 \"staff\" is met");
    assertThat(flag.json(staff("dave").build(), "")).isEqualTo("{\"steps\":2}");
    assertThat(flag.isEnabled("alice")).as("staff by its list").isTrue();
    assertThat(flag.isEnabled(staff("bob").build())).as("denied").isFalse();
    assertThat(flag.explain(staff("mallory").build()).detail()).startsWith("bucket ");
    assertThat(flag.isEnabled(42)).as("allowed").isTrue();
    assertThat(flag.explain(with("dave", "app", "2.4.0-rc.1")).detail())
        .startsWith("rule 2 is met: bucket ")
        .contains("outside 0 %");
    assertThat(flag.explain(with("dave", "country", "AT")).percentage())
        .isEqualTo(Percentage.parse("50"));
    assertThat(flag.explain("dave").percentage()).isEqualTo(Percentage.parse("12.5"));
    now[0] = now[0].minusNanos(1);
    assertThat(flag.isEnabled("alice")).as("before its time").isFalse();
    assertThat(snapshot.retired()).containsExactly("old-checkout");
  }

  @Test
  void itsTablesNameEveryFieldEveryOperatorAndEveryReason() throws IOException {
    String docs = Files.readString(DOCS);
    Set<String> named = new TreeSet<>();
    for (Operator operator : Operator.values()) {
      named.add(operator.text());
    }
    for (Reason reason : Reason.values()) {
      named.add(reason.name());
    }
    for (FlagType type : FlagType.values()) {
      named.add(type.text());
    }
    for (var field : FlagDefinition.class.getRecordComponents()) {
      named.add(field.getName());
    }
    named.remove("key");
    for (String name : named) {
      assertThat(docs).contains("`" + name + "`");
    }
  }

  private static RequestContext.Builder staff(String id) {
    return RequestContext.builder(id).attribute("mail", id + "@Shop.example");
  }

  private static RequestContext with(String id, String attribute, String value) {
    return RequestContext.builder(id).attribute(attribute, value).build();
  }

  private static String file() throws IOException {
    var matcher = FILE.matcher(Files.readString(DOCS));
    assertThat(matcher.find()).isTrue();
    return matcher.group(1);
  }
}
