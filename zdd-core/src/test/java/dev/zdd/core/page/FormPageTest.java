package dev.zdd.core.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.zdd.core.http.EndpointRequest;
import dev.zdd.core.http.EndpointResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FormPageTest {
  private static final String EVIL = "\"><script>alert('x')</script>&";

  private static Form form(String text) {
    return new Form(
        text,
        text,
        Map.of(text, text),
        List.of(new Form.Field(text, text, text, 10)),
        new Badge(Tone.BAD, text));
  }

  private static String html(String title, Block... blocks) {
    Content content = new Content(new Badge(Tone.GOOD, title), title, List.of(blocks));
    return new String(FormPage.of(200, title, content).body(), StandardCharsets.UTF_8);
  }

  @Test
  void nothingFromOutsideBecomesMarkup() {
    String html = html(EVIL, form(EVIL), new Facts(List.of(Fact.of("a", new Link(EVIL, "?a")))));
    assertThat(html)
        .doesNotContain("<script", "alert('x')")
        .contains("value=\"&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;\"");
  }

  /** What is only shown is cut; what is sent back must be what it was. */
  @Test
  void whatIsSentBackIsWhole() {
    String text = "a\u202eb" + "x".repeat(1000) + "end";
    assertThat(html("t", form(text)))
        .contains("<input type=\"hidden\" name=\"" + text + "\" value=\"" + text + "\">")
        .contains(" value=\"" + text + "\"></label>");
  }

  @Test
  void aStatusPageHasABrowserSendNoForm() {
    Section section =
        Section.of("s", request -> new Content(new Badge(Tone.GOOD, "g"), "h", List.of(form("f"))));
    EndpointResponse response =
        StatusPage.at("/status", "n", section).handle(EndpointRequest.of("GET", "/status", null));
    assertThat(response.headers().toString()).contains("form-action 'none'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"./flags?flag=a%20b", "../x", "../../x?y=1:2", "?", "?flag=x&done=1"})
  void aLinkLeadsToThisServer(String target) {
    assertThat(new Link("text", target).target()).isEqualTo(target);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "javascript:alert(1)",
        "https://evil.example",
        "//evil.example",
        "/x",
        "x",
        ".evil",
        "./a b",
        "?ä",
        "\\\\evil.example"
      })
  void andNowhereElse(String target) {
    assertThatThrownBy(() -> new Link("text", target))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("target: " + target + " (expected: ");
  }

  @Test
  void aFieldTakesAtLeastOneCharacter() {
    assertThatThrownBy(() -> new Form.Field("n", "l", "", 0))
        .hasMessage("longest: 0 (expected: >= 1)");
  }
}
