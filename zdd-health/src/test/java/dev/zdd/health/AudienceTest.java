package dev.zdd.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.core.http.EndpointRequest;
import dev.zdd.testing.CapturedLog;
import java.io.Serial;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class AudienceTest {
  private static final String COMPLAINT =
      "ERROR dev.zdd.health.Audience - "
          + "the rule for the details of health answers failed; nothing is shown";

  private static String askedTwice(Function<EndpointRequest, Details> rule) {
    EndpointRequest request = EndpointRequest.of("GET", "/ready", null);
    Audience audience = new Audience(rule);
    try (CapturedLog log = new CapturedLog()) {
      assertThat(audience.of(request)).isEqualTo(Details.NOTHING);
      String first = log.text();
      assertThat(audience.of(request)).isEqualTo(Details.NOTHING);
      assertThat(log.text()).isEqualTo(first);
      log.discard();
      return first;
    }
  }

  @Test
  void aRuleThatThrowsIsComplainedOfOnceWithWhatItThrew() {
    assertThat(
            askedTwice(request -> {
              throw new IllegalStateException("no address");
            }))
        .contains(COMPLAINT, "java.lang.IllegalStateException: no address");
  }

  @Test
  void aRuleThatThrowsWhatCannotBeLoggedBreaksNoAnswer() {
    assertThat(
            askedTwice(request -> {
              throw new Unloggable();
            }))
        .contains(COMPLAINT + ": " + Unloggable.class.getName());
  }

  private static final class Unloggable extends RuntimeException {
    @Serial private static final long serialVersionUID = 1;

    @Override
    public String getMessage() {
      throw new IllegalStateException("no words");
    }
  }

  @Test
  @SuppressWarnings("NullAway")
  void aRuleThatAnswersNullIsComplainedOfOnce() {
    assertThat(askedTwice(request -> null)).contains(COMPLAINT);
  }
}
