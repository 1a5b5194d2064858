package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.regex.Pattern;

/**
 * What one namespace is called in Redis. The braces are Redis Cluster's hash tag: all that begins
 * with them is in one slot.
 */
record RedisKeys(String namespace) {
  private static final Pattern NAMESPACE = Pattern.compile("[A-Za-z0-9._-]{1,100}");

  RedisKeys {
    if (!NAMESPACE.matcher(namespace).matches()) {
      throw new IllegalArgumentException(
          "namespace: " + Quoted.of(namespace) + " (expected: 1 to 100 of A-Z a-z 0-9 . _ -)");
    }
  }

  /** A hash with the fields document, version, epoch and write. */
  byte[] flags() {
    return flagsText().getBytes(US_ASCII);
  }

  /** The channel on which every write says its version. */
  byte[] changed() {
    return ("zdd:{" + namespace + "}:changed").getBytes(US_ASCII);
  }

  String flagsText() {
    return "zdd:{" + namespace + "}:flags";
  }
}
