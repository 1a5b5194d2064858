package dev.zdd.core.page;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.zdd.core.http.EndpointRequest;
import dev.zdd.core.http.EndpointResponse;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the page is as a response, and what becomes of what the sections tell. */
class StatusPageTest {
  private static final Instant NOW = Instant.parse("2026-11-27T10:00:00.123Z");
  private static final String EVIL = "<b onclick=\"x\" class='y'>&amp;</b>";
  private static final String TAMED =
      "&lt;b onclick=&quot;x&quot; class=&#39;y&#39;&gt;&amp;amp;&lt;/b&gt;";
  private static final Badge GOOD = new Badge(Tone.GOOD, "fine");

  private static EndpointResponse get(StatusPage page, String method, String path) {
    return page.handle(EndpointRequest.of(method, path, null));
  }

  private static String html(Section... sections) {
    StatusPage page =
        new StatusPage("/status", "shop", List.of(sections), Clock.fixed(NOW, ZoneOffset.UTC));
    return new String(get(page, "GET", "/status").body(), UTF_8);
  }

  private static String html(Block... blocks) {
    return html(Section.of("Part", request -> new Content(GOOD, "", List.of(blocks))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "HEAD"})
  void isReadAtItsPath(String method) {
    EndpointResponse answer = get(StatusPage.at("/status", "shop"), method, "/status");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(new String(answer.body(), UTF_8)).startsWith("<!DOCTYPE html>\n<html lang=\"en\">");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/status/", "/status/x", "/Status"})
  void isNowhereElse(String path) {
    assertThat(get(StatusPage.at("/status", "shop"), "GET", path).status()).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "DELETE", "get"})
  void isOnlyRead(String method) {
    EndpointResponse answer = get(StatusPage.at("/status", "shop"), method, "/status");
    assertThat(answer.status()).isEqualTo(405);
    assertThat(answer.headers()).contains(new EndpointResponse.Header("Allow", "GET, HEAD"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"status", "", "/status?x", "/#x"})
  void refusesWhatIsNoPath(String path) {
    assertThatThrownBy(() -> StatusPage.at(path, "shop"))
        .hasMessage("path: " + path + " (expected: to begin with / and to have no ? and no #)");
  }

  @Test
  void mayBeNeitherKeptNorFramedNorGuessedAt() {
    assertThat(get(StatusPage.at("/status", "shop"), "GET", "/status").headers())
        .contains(
            new EndpointResponse.Header("Content-Type", "text/html; charset=utf-8"),
            new EndpointResponse.Header("Cache-Control", "no-store"),
            new EndpointResponse.Header("X-Content-Type-Options", "nosniff"),
            new EndpointResponse.Header("Referrer-Policy", "no-referrer"),
            new EndpointResponse.Header("X-Frame-Options", "DENY"));
  }

  @Test
  void allowsItsOwnStyleAndScriptByTheirHashesAndNothingElse() throws Exception {
    EndpointResponse answer = get(StatusPage.at("/status", "shop"), "GET", "/status");
    String html = new String(answer.body(), UTF_8);
    String policy =
        answer.headers().stream()
            .filter(header -> header.name().equals("Content-Security-Policy"))
            .findFirst()
            .orElseThrow()
            .value();
    assertThat(policy)
        .startsWith("default-src 'none'; ")
        .contains("style-src " + hash(html, "style") + ";")
        .contains("script-src " + hash(html, "script") + ";")
        .doesNotContain("unsafe");
  }

  private static String hash(String html, String element) throws Exception {
    Matcher found =
        Pattern.compile("<" + element + ">(.*)</" + element + ">", Pattern.DOTALL).matcher(html);
    assertThat(found.find()).isTrue();
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(found.group(1).getBytes(UTF_8));
    return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
  }

  @Test
  void makesNoMarkupOfWhatItIsTold() {
    Badge badge = new Badge(Tone.BAD, EVIL);
    Bar bar = new Bar(List.of(new Bar.Part(EVIL, 0.5)), EVIL);
    Timeline timeline =
        new Timeline(List.of(new Timeline.Interval(badge, NOW, Duration.ZERO, EVIL)));
    Fact fact = new Fact(EVIL, Value.of(EVIL), badge);
    Entry entry =
        Entry.of(EVIL, badge)
            .tags(List.of(EVIL, EVIL))
            .aside(Value.of(EVIL))
            .note(EVIL)
            .picture(timeline)
            .facts(List.of(fact, Fact.of("bar", bar)));
    Block[] blocks = {
      Facts.of(fact, Fact.of("bar", bar), Fact.of("timeline", timeline)),
      new Entries(EVIL, List.of(entry, entry.picture(bar)), 0),
      new Table(EVIL, List.of(EVIL), List.of(List.of(badge)), 0),
      new Note(EVIL)
    };
    StatusPage page =
        StatusPage.at(
            "/status",
            EVIL,
            Section.of(EVIL, request -> new Content(badge, EVIL, List.of(blocks))));
    String html = new String(get(page, "GET", "/status").body(), UTF_8);
    assertThat(html).contains(TAMED).doesNotContain("<b ", "onclick=\"", "class='");
    // Each place is there: as many as were told, and more where one is told twice.
    assertThat(html.split(Pattern.quote(TAMED), -1).length).isGreaterThan(35);
  }

  @Test
  void showsNoControlCharactersAndTurnsNoText() {
    assertThat(html(new Note("a\u0000b\nc\u202egnp.exe\u2066d\u007fe")))
        .contains("a\ufffdb\ufffdc\ufffdgnp.exe\ufffdd\ufffde");
  }

  @Test
  void cutsALongTextAndNoCharacterInTwo() {
    assertThat(html(new Note("x".repeat(Html.LONGEST_TEXT))))
        .contains("<p class=\"note\">" + "x".repeat(Html.LONGEST_TEXT) + "</p>");
    assertThat(html(new Note("x".repeat(Html.LONGEST_TEXT - 1) + "\ud83d\ude00")))
        .contains("<p class=\"note\">" + "x".repeat(Html.LONGEST_TEXT - 1) + "…</p>");
  }

  @Test
  void showsTheOthersWhenASectionFails() {
    Section broken =
        Section.of(
            "Broken",
            request -> {
              throw new NoClassDefFoundError(EVIL);
            });
    Section absent = Section.of("Absent", request -> null);
    assertThat(html(broken, absent, Section.of("Part", r -> new Content(GOOD, "well", List.of()))))
        .contains(">Broken</h2>", ">Absent</h2>", "not shown", "the log says why", "well")
        .doesNotContain("NoClassDef", "onclick");
  }

  @Test
  void showsTheOthersWhenASectionHasNoTitle() {
    Section nameless =
        new Section() {
          @Override
          public String title() {
            throw new IllegalStateException();
          }

          @Override
          public Content content(EndpointRequest request) {
            return new Content(GOOD, "", List.of());
          }
        };
    assertThat(html(nameless, Section.of("Part", request -> new Content(GOOD, "well", List.of()))))
        .contains(">Section 1</h2>", "not shown", "well");
  }

  @Test
  void givesTheSectionsTheRequest() {
    AtomicReference<EndpointRequest> seen = new AtomicReference<>();
    EndpointRequest request = EndpointRequest.of("GET", "/status", null);
    StatusPage.at(
            "/status",
            "shop",
            Section.of(
                "Part",
                asked -> {
                  seen.set(asked);
                  return new Content(GOOD, "", List.of());
                }))
        .handle(request);
    assertThat(seen).hasValue(request);
  }

  @Test
  void isTitledByItsWorstSection() {
    Section good = Section.of("A", request -> new Content(GOOD, "", List.of()));
    Section bad =
        Section.of("B", request -> new Content(new Badge(Tone.BAD, "broken"), "", List.of()));
    assertThat(html(good, bad)).contains("<title>broken – shop</title>", "class=\"dot bad\"");
    assertThat(html(good)).contains("<title>fine – shop</title>", "class=\"dot good\"");
    assertThat(html(new Section[0])).contains("<title>status – shop</title>");
  }

  @Test
  void stopsAfterTwoHundredRowsAndCountsTheRest() {
    Entry entry = Entry.of("one", GOOD);
    String entries = html(new Entries("", Collections.nCopies(10_000, entry), 7));
    assertThat(entries.split("<details", -1)).hasSize(201);
    assertThat(entries).contains("and 9807 more");
    List<Value> row = List.of(Value.of("x"));
    String rows = html(new Table("", List.of("a"), Collections.nCopies(201, row), 0));
    assertThat(rows.split("<tr>", -1)).hasSize(202);
    assertThat(rows).contains("and 1 more");
    assertThat(html(new Entries("", Collections.nCopies(200, entry), 0))).doesNotContain(" more<");
  }

  @Test
  void staysBelowTwoMebibytesWhateverItIsTold() {
    String text = "\"".repeat(Html.LONGEST_TEXT);
    Entry heavy =
        Entry.of(text, GOOD).facts(Collections.nCopies(20, Fact.of(text, text))).note(text);
    List<Block> blocks = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      blocks.add(new Entries("", Collections.nCopies(200, heavy), 0));
    }
    assertThat(html(blocks.toArray(new Block[0])).length()).isLessThan(2 << 20);
  }

  @Test
  void opensTheFirstThreeOfWhatIsNotWell() {
    Entry bad = Entry.of("bad", new Badge(Tone.BAD, "down"));
    Entry odd = Entry.of("odd", new Badge(Tone.WARNING, "degraded"));
    Entry good = Entry.of("good", GOOD);
    String html = html(new Entries("", List.of(good, bad, odd, bad, bad), 0));
    assertThat(html.split(" open>", -1)).hasSize(4);
    assertThat(html).contains("data-key=\"good\"><summary>", "data-key=\"odd\" open>");
  }

  @Test
  void tellsATimeInUtcAndHowLongAgo() {
    assertThat(html(Facts.of(Fact.of("since", Value.of(NOW.minusSeconds(200))))))
        .contains(
            "<time datetime=\"2026-11-27T09:56:40Z\">3 min ago"
                + " <span class=\"utc\">2026-11-27T09:56:40Z</span></time>");
  }

  @Test
  void drawsATimelineAndTellsTheSameInWords() {
    Timeline timeline =
        new Timeline(
            List.of(
                new Timeline.Interval(GOOD, NOW.minusSeconds(3660), Duration.ofHours(1), ""),
                new Timeline.Interval(
                    new Badge(Tone.BAD, "down"),
                    NOW.minusSeconds(60),
                    Duration.ofMinutes(1),
                    "no")));
    String html = html(Facts.of(Fact.of("past", timeline)));
    assertThat(html)
        .contains("aria-label=\"fine for 1 h, then down for 1 min\"")
        .contains("<rect class=\"good\" x=\"0.0\"", "<rect class=\"bad\" x=\"6")
        .containsSubsequence(
            "<ol", "down", "for 1 min", "2026-11-27T09:59:00Z", "no</span>", "fine", "for 1 h");
  }

  @Test
  void drawsABarThatNeverOverflows() {
    Bar bar = new Bar(List.of(new Bar.Part("one", 0.75), new Bar.Part("two", 0.75)), "none left");
    assertThat(html(Facts.of(Fact.of("parts", bar))))
        .contains("aria-label=\"one, two, none left\"")
        .contains("<rect class=\"s0\" x=\"0.0\" y=\"0\" width=\"75.0\"")
        .contains("<rect class=\"s1\" x=\"75.0\" y=\"0\" width=\"25.0\"");
  }

  @Test
  void refusesWhatCannotBeDrawn() {
    assertThatThrownBy(() -> new Bar.Part("x", Double.NaN))
        .hasMessage("share: NaN (expected: 0 to 1)");
    assertThatThrownBy(() -> new Table("", List.of("a"), List.of(List.of()), 0))
        .hasMessage("a row of 0 values (expected: 1)");
    assertThatThrownBy(() -> new Entries("", List.of(), -1))
        .hasMessage("more: -1 (expected: >= 0)");
  }
}
