package dev.zdd.testing;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What the whole JVM logs (slf4j-simple writes to System.err) until it is closed, which prints it:
 * who reads why a test failed needs it. What is expected and long can be discarded before.
 */
public final class CapturedLog implements AutoCloseable {
  private final PrintStream before = System.err;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  public CapturedLog() {
    System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
  }

  public String text() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  public List<String> lines() {
    return text().lines().toList();
  }

  public List<String> linesWith(String part) {
    return lines().stream().filter(line -> line.contains(part)).toList();
  }

  /** How often it says {@code part}. */
  public int count(String part) {
    return text().split(Pattern.quote(part), -1).length - 1;
  }

  /** Forgets what there is, which is then not printed either. */
  public void discard() {
    bytes.reset();
  }

  @Override
  public void close() {
    System.setErr(before);
    before.print(text());
  }
}
