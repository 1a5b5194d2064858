package dev.zdd.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.examples.demo.Timeline.Exit;
import dev.zdd.examples.demo.Timeline.Span;
import dev.zdd.examples.demo.Timeline.State;
import java.io.StringReader;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;

class HtmlReportTest {
  private static final String HOSTILE = "</svg><script>alert('\"1&2\"')</script>\u0000@PICTURE@";

  @Test
  void escapesWhateverComesFromOutside() {
    String page = HtmlReport.of(outcome(HOSTILE));

    assertThat(page).doesNotContain("<script", "alert('", "\u0000");
    assertThat(page).contains("&lt;script&gt;alert(&#39;&quot;1&amp;2&quot;&#39;)&lt;/script&gt;");
  }

  @Test
  void needsNothingFromOutside() {
    String page = HtmlReport.of(outcome("plain"));

    assertThat(page).doesNotContain("http:", "https:", "src=", "@import", "<script");
  }

  @Test
  void isWellFormedWithHostileNamesToo() throws Exception {
    String picture = TimelinePicture.of(outcome(HOSTILE));

    DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(picture)));
  }

  @Test
  void drawsAnInstanceThatNeverServedAndALoadThatNeverBegan() {
    Outcome nothing =
        new Outcome(
            Map.of(),
            new Tally(),
            ExactlyOnce.NOTHING,
            List.of(),
            List.of(),
            List.of(),
            "v2",
            List.of(),
            List.of(),
            0,
            0);

    assertThat(TimelinePicture.of(nothing)).doesNotContain("NaN", "Infinity");
  }

  @Test
  void saysWhatWentWrong() {
    assertThat(outcome("reset by peer").complaints())
        .containsExactly(
            "1 failed (1 connection lost) of 2 requests",
            "reset by peer v1 exited with code 3 (expected: 0)",
            "shop-9 was not running at the end",
            "versions served at the end: [v1, v2] (expected: v2)");
  }

  private static Outcome outcome(String text) {
    Tally tally = new Tally();
    tally.sent(Kind.GET);
    tally.sent(Kind.GET);
    tally.ended(Kind.GET, 1.2, 1.25, "GET /work?ms=50", Tally.served("1", "v1"), null);
    tally.ended(Kind.GET, 1.3, 1.35, text, "", new Failure(Failure.RESET, text));
    return new Outcome(
        Map.of("server", text, "balancer", text),
        tally,
        ExactlyOnce.NOTHING,
        List.of(
            new Span(text, "v1", State.READY, 0, 2), new Span(text, text, State.DRAINING, 2, 3)),
        List.of(new Exit(text, "v1", 2, 1, 3)),
        List.of(text),
        "v2",
        List.of("v1", "v2"),
        List.of("shop-9"),
        1,
        3);
  }
}
