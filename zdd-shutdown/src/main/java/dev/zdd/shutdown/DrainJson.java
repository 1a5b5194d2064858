package dev.zdd.shutdown;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import dev.zdd.core.InFlight;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;

/** A shutdown as JSON, in ASCII: while it goes on, and when it is over. */
final class DrainJson {
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  private DrainJson() {}

  static String report(DrainReport report) {
    return write(json -> {
      json.writeStartObject();
      json.writeBooleanField("clean", report.clean());
      json.writeStringField("reason", report.reason());
      json.writeStringField("announcedUntil", report.announcedUntil());
      json.writeNumberField("durationMs", report.duration().toMillis());
      phases(json, report.phases());
      json.writeNumberField("served", report.served());
      json.writeNumberField("refused", report.refused());
      json.writeArrayFieldStart("cut");
      for (String cut : report.cut()) {
        json.writeString(cut);
      }
      json.writeEndArray();
      json.writeNumberField("connectionsCut", report.connectionsCut());
      json.writeNumberField("idleClosed", report.idleClosed());
      json.writeArrayFieldStart("steps");
      for (DrainReport.StepResult step : report.steps()) {
        json.writeStartObject();
        json.writeStringField("name", step.name());
        json.writeNumberField("durationMs", step.duration().toMillis());
        if (step.error() != null) {
          json.writeStringField("error", step.error());
        }
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    });
  }

  /**
   * The progress.
   *
   * @param details whether to show what names somebody: paths, addresses, names of steps
   */
  static String progress(DrainProgress progress, boolean details) {
    return write(json -> {
      json.writeStartObject();
      json.writeStringField("state", lower(progress.state()));
      if (progress.phase() != null) {
        json.writeStringField("phase", lower(progress.phase()));
      }
      if (progress.reason() != null && details) {
        json.writeStringField("reason", progress.reason());
      }
      json.writeNumberField("elapsedMs", progress.elapsed().toMillis());
      json.writeNumberField("leftMs", progress.left().toMillis());
      phases(json, progress.phases());
      if (details) {
        json.writeStringField("waitingFor", progress.waitingFor());
      }
      json.writeNumberField("inFlight", progress.inFlight());
      InFlight.Work oldest = progress.oldest();
      if (oldest != null) {
        json.writeObjectFieldStart("oldest");
        if (details) {
          json.writeStringField("method", InFlightLines.printable(oldest.method()));
          json.writeStringField("path", InFlightLines.printable(oldest.target()));
        }
        json.writeNumberField("ageMs", oldest.age().toMillis());
        json.writeEndObject();
      }
      json.writeNumberField("openConnections", progress.openConnections());
      json.writeNumberField("served", progress.served());
      json.writeNumberField("refused", progress.refused());
      json.writeNumberField("cut", progress.cut());
      json.writeNumberField("idleClosed", progress.idleClosed());
      json.writeEndObject();
    });
  }

  private static void phases(JsonGenerator json, Map<Phase, Duration> phases) throws IOException {
    json.writeObjectFieldStart("phasesMs");
    for (Map.Entry<Phase, Duration> phase : phases.entrySet()) {
      json.writeNumberField(lower(phase.getKey()), phase.getValue().toMillis());
    }
    json.writeEndObject();
  }

  private static String lower(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  private interface Content {
    void writeTo(JsonGenerator json) throws IOException;
  }

  private static String write(Content content) {
    StringWriter text = new StringWriter(512);
    try (JsonGenerator json = JSON.createGenerator(text)) {
      content.writeTo(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a StringWriter has nothing that could fail
    }
    return text.toString();
  }
}
