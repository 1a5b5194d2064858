package dev.zdd.examples.shop;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.zdd.core.http.EndpointRequest;
import dev.zdd.examples.Refusal;
import dev.zdd.flags.FlagAuthorisation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who may change flags: who knows the password, by HTTP's Basic authentication. It stands in a
 * file, since the command line of a process is for everybody to read. A service that has a login
 * asks that instead.
 */
final class Administrator implements FlagAuthorisation {
  /** Has a browser ask for name and password. */
  static final String CHALLENGE = "Basic realm=\"flags\", charset=\"UTF-8\"";

  private static final Pattern LINE = Pattern.compile("([A-Za-z0-9@._-]{1,40}):.{12,100}");
  private static final String SCHEME = "Basic ";

  private final String name;
  private final byte[] credentials;

  private Administrator(String name, byte[] credentials) {
    this.name = name;
    this.credentials = credentials;
  }

  /** The one whose name and password are the one line of {@code file}. */
  static Administrator in(Path file) {
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (IOException e) {
      throw new Refusal("--flags-admin: cannot be read: " + e + " (expected: a text file)", e);
    }
    Matcher line = LINE.matcher(lines.size() == 1 ? lines.get(0) : "");
    if (!line.matches()) {
      // Not repeated: it may hold a password.
      throw new Refusal(
          "--flags-admin: "
              + file
              + " (expected: one line, NAME:PASSWORD, with 1 to 40 letters, digits, @ . _ - and 12"
              + " to 100 characters)");
    }
    return new Administrator(line.group(1), line.group().getBytes(UTF_8));
  }

  @Override
  public @Nullable String who(EndpointRequest request) {
    String header = request.header("Authorization");
    if (header == null || !header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      return null;
    }
    byte[] given;
    try {
      given = Base64.getDecoder().decode(header.substring(SCHEME.length()).trim());
    } catch (IllegalArgumentException e) {
      return null;
    }
    // Takes as long however much of it is right.
    return MessageDigest.isEqual(given, credentials) ? name : null;
  }
}
