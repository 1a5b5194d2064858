package dev.zdd.health;

import dev.zdd.core.http.EndpointRequest;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who is shown how much: the application's rule, which must not break an answer. */
final class Audience {
  private static final Logger log = LoggerFactory.getLogger(Audience.class);

  private static final String COMPLAINT =
      "the rule for the details of health answers failed; nothing is shown";

  private final Function<EndpointRequest, Details> rule;
  private final AtomicBoolean complained = new AtomicBoolean();

  Audience(Function<EndpointRequest, Details> rule) {
    this.rule = rule;
  }

  Details of(EndpointRequest request) {
    try {
      Details details = rule.apply(request);
      if (details != null) {
        return details;
      }
      complain(null);
    } catch (Throwable t) {
      complain(t);
    }
    return Details.NOTHING;
  }

  private void complain(@Nullable Throwable t) {
    if (!complained.compareAndSet(false, true)) {
      return;
    }
    try {
      log.error(COMPLAINT, t);
    } catch (RuntimeException | Error unloggable) {
      // Loggers call getMessage(), which is the rule's code too.
      log.error("{}: {}", COMPLAINT, t == null ? null : t.getClass().getName());
    }
  }
}
