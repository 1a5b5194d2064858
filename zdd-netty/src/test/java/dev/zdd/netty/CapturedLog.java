package dev.zdd.netty;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/** What is logged (slf4j-simple writes to System.err) until it is closed. */
final class CapturedLog implements AutoCloseable {
  private final PrintStream before = System.err;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  CapturedLog() {
    System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
  }

  String text() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  int count(String part) {
    return text().split(Pattern.quote(part), -1).length - 1;
  }

  @Override
  public void close() {
    System.setErr(before);
    before.print(text());
  }
}
