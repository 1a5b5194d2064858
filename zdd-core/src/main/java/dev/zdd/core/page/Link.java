package dev.zdd.core.page;

import static java.util.Objects.requireNonNull;

import java.util.regex.Pattern;

/**
 * A way to another page of the same application.
 *
 * @param text what it says
 * @param target where it leads from here, relative and escaped as a URI has to be: {@code
 *     "./flags?flag=new%20checkout"}, {@code "?"}
 */
public record Link(String text, String target) implements Value {
  // Neither a scheme nor a host can begin like this, whatever follows.
  private static final Pattern RELATIVE = Pattern.compile("(\\.{1,2}/|\\?)[!-~]*");

  /** Refuses a target that could lead elsewhere. */
  public Link {
    requireNonNull(text, "text");
    if (!RELATIVE.matcher(target).matches()) {
      throw new IllegalArgumentException(
          "target: " + target + " (expected: to begin with ./, ../ or ?, and to be escaped)");
    }
  }
}
