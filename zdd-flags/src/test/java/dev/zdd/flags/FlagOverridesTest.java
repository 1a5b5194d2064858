package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import dev.zdd.core.RequestContext;
import dev.zdd.testing.CapturedLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FlagOverridesTest {
  private static final String CHECKOUT = FlagOverrides.PROPERTY_PREFIX + "new-checkout";
  private static final Variant LIGHT = new Variant("light", 1, new FlagValue.Text("#fff"));
  private static final Variant DARK = new Variant("dark", 0, new FlagValue.Text("#000"));

  @TempDir Path dir;
  private Path file;
  private final List<AutoCloseable> opened = new ArrayList<>();
  private CapturedLog log;

  @BeforeEach
  void open() {
    file = dir.resolve("overrides");
    log = new CapturedLog();
  }

  @AfterEach
  void close() throws Exception {
    log.close();
    System.clearProperty(CHECKOUT);
    for (AutoCloseable each : opened) {
      each.close();
    }
  }

  @Test
  void anOverrideBeatsTheSourceForEverybody() throws IOException {
    Files.writeString(file, "# the shop is on fire\n\n new-checkout = off \r\nold-search=on\n");
    Flags flags =
        flags(
            MemoryFlagSource.of(
                on("new-checkout").allow("alice").percentage("100").build(),
                FlagDefinition.builder("old-search").percentage("0").build()));
    Flag checkout = flags.flag("new-checkout");
    Flag search = flags.flag("old-search");

    assertThat(checkout.isEnabled("alice", true)).isFalse();
    assertThat(checkout.isEnabled(7)).isFalse();
    assertThat(checkout.isEnabled(RequestContext.of("alice"))).isFalse();
    assertThat(search.isEnabled("alice")).isTrue();
    assertThat(search.isEnabled(7)).isTrue();
    assertThat(search.isEnabled((String) null)).isTrue();
    assertThat(checkout.explain("alice"))
        .hasToString(
            "new-checkout: off, STATIC: the flag is overridden: off, by file "
                + file
                + ", line 3 (snapshot 1, 0.0 s old)");
    assertThat(search.explain("alice").reason()).isEqualTo(Reason.STATIC);
    assertThat(search.definition().percentage()).isEqualTo(Percentage.parse("0"));
    assertThat(flags.overridden())
        .containsExactly(
            new FlagOverride("new-checkout", "off", "file " + file + ", line 3"),
            new FlagOverride("old-search", "on", "file " + file + ", line 4"));
  }

  @Test
  void aFlagThatNoSourceKnowsOrThatIsRetiredIsOverriddenToo() throws IOException {
    Files.writeString(file, "unknown=on\nretired=on\nno-more=off");
    FlagSnapshot snapshot =
        new FlagSnapshot("1", List.of(), List.of(), Set.of("retired", "no-more"));
    Flags flags = flags(new GivenSource(snapshot));

    assertThat(flags.flag("unknown").isEnabled("alice")).isTrue();
    assertThat(flags.flag("retired").isEnabled("alice")).isTrue();
    assertThat(flags.flag("no-more").isEnabled("alice", true)).isFalse();
    assertThat(flags.flag("other").explain("alice").reason()).isEqualTo(Reason.ERROR);
  }

  @Test
  void anOverrideIsInForceBeforeTheFirstSnapshotAndBehindEach() throws IOException {
    Files.writeString(file, "new-checkout=off\ntheme=dark");
    GivenSource source = new GivenSource(null);
    Flags flags = flags(source);
    Flag checkout = flags.flag("new-checkout");

    assertThat(checkout.isEnabled("alice", true)).isFalse();
    assertThat(checkout.explain("alice").detail()).contains("overridden: off, by file ");
    assertThat(flags.flag("theme").explain("alice").reason()).isEqualTo(Reason.DEFAULT);
    assertThat(log.linesWith("theme")).as("it may come to fit").isEmpty();

    for (String version : List.of("1", "2")) {
      source.push(new FlagSnapshot(version, List.of(on("new-checkout").build(), theme())));
      assertThat(checkout.isEnabled("alice")).isFalse();
      assertThat(checkout.explain("alice").version()).isEqualTo(version);
      assertThat(flags.flag("theme").text("alice", "none")).isEqualTo("#000");
    }
    assertThat(log.linesWith("is overridden")).hasSize(2);
  }

  @Test
  void aVariantIsGivenToEverybodyAndOnLeavesTheVariantsAsTheyAreDivided() throws IOException {
    Files.writeString(file, "theme=dark\ncolours=on");
    FlagDefinition colours =
        FlagDefinition.builder("colours")
            .variants(LIGHT, new Variant("dark", 1, new FlagValue.Text("#000")))
            .build();
    Flags flags = flags(MemoryFlagSource.of(theme(), colours));
    Flag undisturbed =
        Flags.of(MemoryFlagSource.of(colours.toBuilder().enabled(true).build())).flag("colours");

    for (String id : IntStream.range(0, 50).mapToObj(n -> "user-" + n).toList()) {
      assertThat(flags.flag("theme").variant(id)).isEqualTo(DARK);
      assertThat(flags.flag("colours").variant(id)).isEqualTo(undisturbed.variant(id));
    }
    assertThat(flags.flag("theme").explain("alice").variant()).isEqualTo(DARK);
  }

  // "of" must not switch on what somebody meant to switch off.
  @Test
  void aVariantThatTheFlagHasNotLeavesTheFlagAsItIsAndIsSaidOnce() throws IOException {
    Files.writeString(file, "theme=drak\nnew-checkout=of\nunknown=of");
    MemoryFlagSource source =
        MemoryFlagSource.of(theme(), FlagDefinition.builder("new-checkout").build());
    Flags flags = flags(source);

    assertThat(flags.flag("theme").text("alice", "none")).isEqualTo("#fff");
    assertThat(flags.flag("new-checkout").explain("alice").reason()).isEqualTo(Reason.DISABLED);
    assertThat(flags.flag("unknown").isEnabled("alice")).isFalse();
    assertThat(flags.overridden()).isEmpty();
    source.set(theme(), FlagDefinition.builder("new-checkout").build());
    assertThat(log.linesWith("flag not overridden: file " + file + ", line "))
        .hasSize(3)
        .anySatisfy(line ->
            assertThat(line)
                .contains("WARN")
                .endsWith(
                    "line 1: \"theme\": \"drak\"" + " (expected: on, off, \"light\", \"dark\")"))
        .anySatisfy(line ->
            assertThat(line).endsWith("\"of\" (expected: on, off; the flag has no variants)"));
  }

  @Test
  void aFlagThatRequiresAnOverriddenOneSeesItAsOverridden() throws IOException {
    Files.writeString(file, "base=off\nopposite=on\ntheme=dark");
    FlagDefinition darkOnly =
        on("dark-only").requires(new Requirement("theme", true, Set.of("dark"))).build();
    Flags flags =
        flags(
            MemoryFlagSource.of(
                on("needs-base").requires(Requirement.on("base")).build(),
                on("needs-opposite").requires(Requirement.on("opposite")).build(),
                darkOnly,
                on("base").build(),
                FlagDefinition.builder("opposite").build(),
                theme()));

    assertThat(flags.flag("needs-base").isEnabled("alice")).isFalse();
    assertThat(flags.flag("needs-opposite").isEnabled("alice")).isTrue();
    assertThat(flags.flag("dark-only").isEnabled("alice")).isTrue();
    assertThat(flags.flag("dark-only").isEnabled(RequestContext.of("alice"))).isTrue();
  }

  @Test
  void aFileThatComesAndGoesIsFollowedAndSaidOnceEach() throws IOException {
    Flags flags = flags(MemoryFlagSource.of(on("new-checkout").build()));
    Flag checkout = flags.flag("new-checkout");
    assertThat(checkout.isEnabled("alice")).isTrue();
    assertThat(log.linesWith("WARN")).as("no file is the normal state").isEmpty();
    assertThat(flags.status().problem()).isNull();

    replace("new-checkout=off");
    await().until(() -> !checkout.isEnabled("alice"));
    replace("# moved to another line\nnew-checkout=off");
    await().until(() -> checkout.explain("alice").detail().endsWith("line 2"));
    assertThat(log.linesWith("WARN"))
        .singleElement()
        .asString()
        .endsWith("flag new-checkout is overridden: off, by file " + file + ", line 1");

    Files.delete(file);
    await().until(() -> checkout.isEnabled("alice"));
    assertThat(flags.overridden()).isEmpty();
    await().until(() -> log.linesWith("WARN").size() == 2);
    assertThat(log.linesWith("WARN").get(1))
        .contains("flag new-checkout is no longer overridden: it was off, by file " + file);
  }

  @Test
  void aBadFileIsRefusedWithItsLineAndWhatWasReadLastStaysInForce() throws IOException {
    Files.writeString(file, "new-checkout=off");
    Flags flags = flags(MemoryFlagSource.of(on("new-checkout").build()));
    Flag checkout = flags.flag("new-checkout");

    refused(flags, "ok=on\nnew-checkout", "line 2: \"new-checkout\" (expected: flag=on, flag=off");
    refused(flags, "\n=on", "line 2: key: \"\" (expected: 1 to 200 characters");
    refused(flags, "a=on\n\na=off", "line 3: \"a\" stands twice (expected: once)");
    refused(flags, "a=", "line 1: \"a\": \"\" (expected: on, off or a variant's name)");
    refused(flags, "a=" + "x".repeat(101), "line 1: \"a\": \"xxx");
    assertThat(checkout.isEnabled("alice")).isFalse();
    replace(new byte[] {'a', '=', (byte) 0xff});
    await().until(() -> String.valueOf(flags.status().problem()).contains("not UTF-8"));
    replace(new byte[(1 << 20) + 1]);
    await().until(() -> String.valueOf(flags.status().problem()).contains("1048577 bytes"));
    // A link, since a directory cannot replace a file: in between none would be there, which is not
    // an error.
    Path link =
        Files.createSymbolicLink(dir.resolve("link"), Files.createDirectory(dir.resolve("d")));
    Files.move(link, file, StandardCopyOption.ATOMIC_MOVE);
    await().until(() -> String.valueOf(flags.status().problem()).contains("not a regular file"));
    assertThat(checkout.isEnabled("alice")).isFalse();
    // The last is said a moment after it is the status' problem.
    await().until(() -> log.linesWith("those that were read last stay in force").size() == 8);

    Files.delete(file);
    await().until(() -> checkout.isEnabled("alice"));
    await().until(() -> flags.status().problem() == null);
    assertThat(log.linesWith("overrides of file " + file + ": good again")).hasSize(1);
  }

  @Test
  void aSystemPropertyOverridesAndOfTwoTheFirstGivenCounts() throws IOException {
    Files.writeString(file, "new-checkout=off\nold-search=off");
    System.setProperty(CHECKOUT, "on");
    Flags properties = flags(FlagOverrides.systemProperties(), FlagOverrides.file(file));
    assertThat(properties.flag("new-checkout").explain("alice", false).toString())
        .contains("on, STATIC", "overridden: on, by system property " + CHECKOUT);
    assertThat(properties.flag("old-search").isEnabled("alice", true)).isFalse();

    Flags inFile = flags(FlagOverrides.file(file), FlagOverrides.systemProperties());
    assertThat(inFile.flag("new-checkout").isEnabled("alice", true)).isFalse();
  }

  @Test
  void aSystemPropertyThatIsWrongIsRefusedAtTheStart() {
    System.setProperty(CHECKOUT, " ");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> flags(FlagOverrides.systemProperties()))
        .withMessage(
            "system property zdd.flags.override.new-checkout: \"new-checkout\": \"\""
                + " (expected: on, off or a variant's name)");
  }

  @Test
  void closeEndsTheThreadAndTheOverridesStayInForce() throws IOException {
    Files.writeString(file, "new-checkout=off");
    Flags flags = flags(MemoryFlagSource.of(on("new-checkout").build()));
    assertThat(threads()).hasSize(1).allMatch(Thread::isDaemon);

    flags.close();
    flags.close();
    await().until(() -> threads().isEmpty());
    Files.delete(file);
    assertThat(flags.flag("new-checkout").isEnabled("alice")).isFalse();
  }

  @Test
  void aSourceThatCannotBeStartedLeavesNoThreadBehind() {
    MemoryFlagSource used = MemoryFlagSource.of();
    Flags.of(used);
    assertThatIllegalStateException().isThrownBy(() -> flags(used));
    await().until(() -> threads().isEmpty());
  }

  @Test
  void overridesServeOneFlagsAndRefuseAnIntervalOutOfBounds() {
    FlagOverrides overrides = FlagOverrides.file(file);
    opened.add(Flags.builder(MemoryFlagSource.of()).overrides(overrides).build());
    assertThatIllegalStateException()
        .isThrownBy(() -> Flags.builder(MemoryFlagSource.of()).overrides(overrides).build())
        .withMessageContaining("is started already (expected: one Flags for it)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FlagOverrides.file(file, Duration.ofMillis(1)));
  }

  private void refused(Flags flags, String content, String problem) throws IOException {
    replace(content);
    await()
        .untilAsserted(() ->
            assertThat(flags.status().problem())
                .startsWith("overrides of file " + file + ": " + problem));
  }

  private void replace(String content) throws IOException {
    replace(content.getBytes(UTF_8));
  }

  private void replace(byte[] content) throws IOException {
    Path next = Files.write(dir.resolve("next"), content);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private Flags flags(FlagSource source) {
    return opened(
        Flags.builder(source).overrides(FlagOverrides.file(file, Duration.ofMillis(50))).build());
  }

  private Flags flags(FlagOverrides... overrides) {
    Flags.Builder builder = Flags.builder(MemoryFlagSource.of());
    for (FlagOverrides each : overrides) {
      builder.overrides(each);
    }
    return opened(builder.build());
  }

  private Flags opened(Flags flags) {
    opened.add(flags);
    return flags;
  }

  private static FlagDefinition.Builder on(String key) {
    return FlagDefinition.builder(key).enabled(true);
  }

  private static FlagDefinition theme() {
    return on("theme").variants(LIGHT, DARK).build();
  }

  private static List<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("zdd-flags-overrides"))
        .toList();
  }
}
