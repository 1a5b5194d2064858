package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.zdd.testing.CapturedLog;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FlagAdminTest {
  private static final String KEY = "new-checkout";
  private static final FlagChange CHANGE = new FlagChange("alice", "no errors at 10 %");

  private final CapturedLog log = new CapturedLog();
  private final List<FlagAudit> told = new ArrayList<>();
  private final MemoryFlagSource memory =
      MemoryFlagSource.of(
          FlagDefinition.builder(KEY).enabled(true).percentage("10").build(),
          FlagDefinition.builder("payments").enabled(true).build(),
          FlagDefinition.builder("wallet").requires(Requirement.on("payments")).build());
  private final Flags flags = Flags.of(memory);
  private final FlagAdmin admin = FlagAdmin.of(memory, told::add);

  @AfterEach
  void giveBackTheLog() {
    log.close();
  }

  @Test
  void aPercentageIsChangedAndInUseAndAudited() throws Exception {
    PresentFlags before = admin.read();
    ChangeOutcome outcome =
        admin.setPercentage(KEY, Percentage.parse("25"), before.revision(), CHANGE);

    FlagRevision revision = new FlagRevision(2, "", "");
    assertThat(outcome).isEqualTo(new ChangeOutcome.Changed(revision));
    assertThat(admin.read().revision()).isEqualTo(revision);
    FlagDefinition after = flags.flag(KEY).definition();
    assertThat(after).isEqualTo(FlagDefinition.builder(KEY).enabled(true).percentage("25").build());
    assertThat(flags.flag("wallet").definition()).isEqualTo(before.flag("wallet"));
    assertThat(auditLines())
        .singleElement()
        .asString()
        .contains("INFO")
        .endsWith(
            "flag \"new-checkout\": percentage \"10\" → \"25\", by \"alice\" because \"no errors at"
                + " 10 %\" (memory, version 2)");
    assertThat(told)
        .containsExactly(
            new FlagAudit(
                told.get(0).at(), CHANGE, "memory", KEY, before.flag(KEY), after, revision));
  }

  @Test
  void whatWasDecidedUponAnOlderRevisionIsAConflictAndNobodyIsToldOfIt() throws Exception {
    FlagRevision old = admin.read().revision();
    memory.set(FlagDefinition.builder(KEY).build());

    assertThat(admin.setEnabled(KEY, true, old, CHANGE))
        .isEqualTo(new ChangeOutcome.Conflict(new FlagRevision(2, "", "")));
    assertThat(flags.flag(KEY).isEnabled("alice")).isFalse();
    assertThat(auditLines()).isEmpty();
    assertThat(told).isEmpty();
  }

  @Test
  void aChangeBetweenTheReadAndTheWriteIsAConflictToo() throws Exception {
    FlagRevision first = admin.read().revision();
    FlagAdmin late =
        FlagAdmin.of(
            new Around(memory) {
              @Override
              public FlagWrite write(FlagRevision expected, byte[] document)
                  throws IOException, InterruptedException {
                memory.set(FlagDefinition.builder("other").build());
                return super.write(expected, document);
              }
            },
            told::add);
    assertThat(late.setEnabled(KEY, false, first, CHANGE))
        .isEqualTo(new ChangeOutcome.Conflict(new FlagRevision(2, "", "")));
    assertThat(flags.flag("other").definition()).isNotNull();
    assertThat(told).isEmpty();
  }

  @Test
  void flagsAreSwitchedDefinedReplacedAndRetired() throws Exception {
    FlagDefinition search = FlagDefinition.builder("search").owner("team \"x\"\u0085").build();
    changed(admin.setEnabled(KEY, false, revision(), CHANGE));
    changed(admin.define(search, revision(), CHANGE));
    changed(admin.replace(search.toBuilder().enabled(true).build(), revision(), CHANGE));
    changed(admin.retire("search", revision(), CHANGE));

    assertThat(flags.flag(KEY).isEnabled("alice")).isFalse();
    PresentFlags present = admin.read();
    assertThat(present.flag("search")).isNull();
    assertThat(present.snapshot().retired()).containsExactly("search");
    assertThat(present.snapshot().definitions())
        .extracting(FlagDefinition::key)
        .containsExactly(KEY, "payments", "wallet");
    assertThat(auditLines().stream().map(line -> line.replaceAll(".* flag |, by .*", "")))
        .containsExactly(
            "\"new-checkout\": enabled true → false",
            "\"search\": new {\"enabled\":false,\"owner\":\"team \\\"x\\\"?\"}",
            "\"search\": enabled false → true",
            "\"search\": retired {\"enabled\":true,\"owner\":\"team \\\"x\\\"?\"}");
  }

  @Test
  void whatWouldMakeTheFlagsWrongIsRefusedAndNothingIsWritten() throws Exception {
    FlagRevision present = revision();
    refuses(
        "flag \"x\" is not there (expected: a flag of memory)",
        () -> admin.setEnabled("x", true, present, CHANGE));
    refuses(
        "flag \"x\" is not there (expected: a flag of memory)",
        () -> admin.replace(FlagDefinition.builder("x").build(), present, CHANGE));
    refuses(
        "flag \"payments\" is there already (expected: not yet)",
        () -> admin.define(FlagDefinition.builder("payments").build(), present, CHANGE));
    refuses(
        "flag \"wallet\": requires: \"payments\" (expected: a flag of this snapshot)",
        () -> admin.retire("payments", present, CHANGE));
    FlagDefinition unreadable = FlagDefinition.builder("y").owner("").build();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> admin.define(unreadable, present, CHANGE))
        .withMessageContaining("flag \"y\": owner: \"\" (expected: text, not empty)");

    assertThat(revision()).isEqualTo(present);
    assertThat(auditLines()).isEmpty();

    changed(admin.retire("wallet", present, CHANGE));
    FlagRevision next = revision();
    refuses(
        "flag \"wallet\" is retired (expected: a flag of memory)",
        () -> admin.retire("wallet", next, CHANGE));
    refuses(
        "flag \"wallet\": its key is retired (expected: another key for another flag)",
        () -> admin.define(FlagDefinition.builder("wallet").build(), next, CHANGE));
  }

  @Test
  void aWriteOfUnknownEndIsToldAndAuditedAsThat() throws Exception {
    FlagRevision present = revision();
    FlagAdmin unsure =
        FlagAdmin.of(
            new Around(memory) {
              @Override
              public FlagWrite write(FlagRevision expected, byte[] document) throws IOException {
                throw new FlagWriteUnknownException("no reply", new IOException());
              }
            },
            told::add);
    assertThatExceptionOfType(FlagWriteUnknownException.class)
        .isThrownBy(() -> unsure.setEnabled(KEY, false, present, CHANGE));
    assertThat(auditLines())
        .singleElement()
        .asString()
        .contains("WARN")
        .endsWith(
            "UNKNOWN whether written: flag \"new-checkout\": enabled true → false, by \"alice\""
                + " because \"no errors at 10 %\" (memory)");
    assertThat(told).singleElement().extracting(FlagAudit::revision).isNull();
  }

  @Test
  void aWriteThatFailedIsNotAudited() throws Exception {
    FlagRevision present = revision();
    FlagAdmin down =
        FlagAdmin.of(
            new Around(memory) {
              @Override
              public FlagWrite write(FlagRevision expected, byte[] document) throws IOException {
                throw new IOException("nothing was written");
              }
            },
            told::add);
    assertThatThrownBy(() -> down.setEnabled(KEY, false, present, CHANGE))
        .isInstanceOf(IOException.class);
    assertThat(auditLines()).isEmpty();
    assertThat(told).isEmpty();
  }

  @Test
  void aBadDocumentIsNotReplaced() {
    FlagAdmin blind =
        FlagAdmin.of(
            new Around(memory) {
              @Override
              public StoredFlags read() {
                return new StoredFlags(new FlagRevision(1, "", ""), "{}".getBytes(UTF_8));
              }
            });
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> blind.retire(KEY, new FlagRevision(1, "", ""), CHANGE))
        .withMessage("memory: line 1, column 2: flags: missing (expected: an object of flags)");
  }

  @Test
  void aListenerThatThrowsDoesNotHideThatItIsWritten() throws Exception {
    FlagAdmin loud =
        FlagAdmin.of(
            memory,
            entry -> {
              throw new IllegalStateException("full");
            });
    changed(loud.setEnabled(KEY, false, revision(), CHANGE));
    assertThat(log.linesWith("a change was not audited")).hasSize(1);
  }

  @Test
  void whoAndWhyAreRequiredShortAndOnOneLine() {
    String expected = " characters on one line, no control characters)";
    for (String bad :
        List.of("", "  ", "a\nb", "a\u0000", "\u0085", "a\u2028b", "\ud800", "a\u202eb")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new FlagChange(bad, "why"))
          .withMessageMatching(
              "(?s)who: \".*\" \\(expected: 1 to 200" + expected.replace(")", "\\)"));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new FlagChange("who", bad))
          .withMessageStartingWith("why: ");
    }
    assertThatIllegalArgumentException().isThrownBy(() -> new FlagChange("x".repeat(201), "why"));
    assertThatIllegalArgumentException().isThrownBy(() -> new FlagChange("who", "x".repeat(1001)));
    assertThat(new FlagChange("x".repeat(200), "ü".repeat(1000)).who()).hasSize(200);
  }

  private static void refuses(String message, ThrowingCallable change) {
    assertThatIllegalArgumentException().isThrownBy(change).withMessage(message);
  }

  private static void changed(ChangeOutcome outcome) {
    assertThat(outcome).isInstanceOf(ChangeOutcome.Changed.class);
  }

  private FlagRevision revision() throws Exception {
    return admin.read().revision();
  }

  private List<String> auditLines() {
    return log.linesWith("dev.zdd.flags.audit");
  }

  /** A store with something else about it. */
  private static class Around implements FlagStore {
    private final FlagStore store;

    Around(FlagStore store) {
      this.store = store;
    }

    @Override
    public StoredFlags read() throws IOException, InterruptedException {
      return store.read();
    }

    @Override
    public FlagWrite write(FlagRevision expected, byte[] document)
        throws IOException, InterruptedException {
      return store.write(expected, document);
    }

    @Override
    public void close() {}

    @Override
    public String toString() {
      return store.toString();
    }
  }
}
