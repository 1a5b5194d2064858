package dev.zdd.flags;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.time.LocalDate;

/** A report as JSON. */
final class StaleReportJson {
  private static final JsonFactory JSON = new JsonFactory();

  private StaleReportJson() {}

  static String of(StaleReport report) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text)) {
      json.writeStartObject();
      json.writeStringField("at", report.at().toString());
      json.writeStringField("version", report.version());
      json.writeNumberField("flags", report.flags());
      json.writeBooleanField("failing", report.isFailing());
      json.writeArrayFieldStart("findings");
      for (StaleFinding finding : report.findings()) {
        LocalDate since = finding.since();
        json.writeStartObject();
        json.writeStringField("kind", finding.kind().text());
        json.writeStringField("flag", finding.flag());
        json.writeStringField("owner", finding.owner());
        json.writeStringField("since", since == null ? null : since.toString());
        json.writeBooleanField("failing", finding.failing());
        json.writeStringField("why", finding.why());
        json.writeStringField("advice", finding.advice());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    } catch (IOException e) {
      throw new AssertionError("a string has no device to fail", e);
    }
    return text.toString();
  }
}
