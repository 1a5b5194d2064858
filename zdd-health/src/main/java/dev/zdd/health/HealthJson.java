package dev.zdd.health;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * The verbose answers as JSON, in ASCII. An answer stays under 10 KiB, because kubelet reads no
 * further: what is worst comes first, and what does not fit is counted.
 */
final class HealthJson {
  // A little less than 10 KiB: the end of the document follows.
  private static final int LIMIT = 10_000;
  private static final int LONGEST_REASON = 200;
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  private HealthJson() {}

  static String probe(HealthSnapshot snapshot, long now, boolean reasons) {
    List<CheckSnapshot> worstFirst = new ArrayList<>(snapshot.checks());
    worstFirst.sort(Comparator.comparing(CheckSnapshot::status).reversed());
    return write(json -> {
      json.writeStartObject();
      json.writeStringField("status", snapshot.probe().word(snapshot.status().isOk()));
      json.writeStringField("lifecycle", snapshot.lifecycle().name().toLowerCase(Locale.ROOT));
      json.writeArrayFieldStart("checks");
      int written = 0;
      int length = 0;
      for (CheckSnapshot check : worstFirst) {
        String one = check(check, now, reasons);
        length += one.length() + 1;
        if (length > LIMIT) {
          break;
        }
        json.writeRawValue(one);
        written++;
      }
      json.writeEndArray();
      if (written < worstFirst.size()) {
        json.writeNumberField("omitted", worstFirst.size() - written);
      }
      json.writeEndObject();
    });
  }

  static String check(CheckSnapshot check, long now, boolean reasons) {
    return write(json -> {
      json.writeStartObject();
      json.writeStringField("name", check.name());
      json.writeStringField("status", check.status().label());
      if (check.reason() != null) {
        json.writeStringField("reason", reasons ? shortened(check.reason()) : "reason withheld");
      }
      json.writeBooleanField("required", check.options().required());
      json.writeStringField("since", check.since().toString());
      if (check.lastSuccess() != null) {
        json.writeStringField("lastSuccess", check.lastSuccess().toString());
      }
      json.writeNumberField("consecutiveFailures", check.consecutiveFailures());
      json.writeNumberField("durationMs", check.duration().toMillis());
      if (check.nextRunAt() != null) {
        json.writeNumberField("nextRunMs", millis(Math.max(0, check.nextRunAt() - now)));
      }
      if (check.runningSince() != null) {
        json.writeNumberField("runningForMs", millis(now - check.runningSince()));
      }
      json.writeArrayFieldStart("transitions");
      for (HealthChange change : check.transitions()) {
        json.writeStartObject();
        json.writeStringField("from", change.from().label());
        json.writeStringField("to", change.to().label());
        json.writeStringField("at", change.at().toString());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    });
  }

  private static long millis(long nanos) {
    return Duration.ofNanos(nanos).toMillis();
  }

  private static String shortened(String reason) {
    return reason.length() <= LONGEST_REASON ? reason : reason.substring(0, LONGEST_REASON) + "...";
  }

  private interface Content {
    void writeTo(JsonGenerator json) throws IOException;
  }

  private static String write(Content content) {
    StringWriter text = new StringWriter(512);
    try (JsonGenerator json = JSON.createGenerator(text)) {
      content.writeTo(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // A StringWriter has nothing that could fail.
    }
    return text.toString();
  }
}
