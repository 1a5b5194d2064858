package dev.zdd.flags;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A network in CIDR notation (RFC 4632 for IPv4, RFC 4291 section 2.3 for IPv6). Asks no DNS. */
final class Network {
  private static final String BYTE = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
  private static final Pattern V4 = Pattern.compile(BYTE + "(\\." + BYTE + "){3}");
  // With a colon in it InetAddress looks nothing up, unless it begins with a dot, as ".:1"; without
  // a zone, which is of one machine only.
  private static final Pattern V6 = Pattern.compile("[0-9a-fA-F]*:[0-9a-fA-F:.]*");
  private static final int V6_BITS = 128;
  private static final int LONGEST = 45;

  private final byte[] address;
  private final int bits;

  private Network(byte[] address, int bits) {
    this.address = address;
    this.bits = bits;
  }

  /**
   * The value of a condition; an address without a length is a network of one.
   *
   * @throws IllegalArgumentException if it is no network
   */
  static Network required(String value) {
    int slash = value.indexOf('/');
    byte[] address = address(slash < 0 ? value : value.substring(0, slash));
    int all = address == null ? 0 : address.length * 8;
    // Of an IPv4 address that is written as an IPv6 one, the bits before it count too.
    int before = value.indexOf(':') < 0 ? 0 : V6_BITS - all;
    int bits = slash < 0 ? all : length(value, slash + 1) - before;
    if (address == null || bits < 0 || bits > all) {
      throw new IllegalArgumentException(
          "values: " + Quoted.of(value) + " (expected: a network, as 10.0.0.0/8 or fd00::/8)");
    }
    return new Network(address, bits);
  }

  /** Null if it is none. An IPv4 address that is written as an IPv6 one is the IPv4 one. */
  static byte @Nullable [] address(String text) {
    if (text.length() > LONGEST || !(V4.matcher(text).matches() || V6.matcher(text).matches())) {
      return null;
    }
    try {
      return InetAddress.getByName(text).getAddress();
    } catch (UnknownHostException e) {
      return null;
    }
  }

  boolean has(byte[] other) {
    if (other.length != address.length) {
      return false;
    }
    for (int n = 0; n < bits; n++) {
      int mask = 0x80 >> n % 8;
      if ((other[n / 8] & mask) != (address[n / 8] & mask)) {
        return false;
      }
    }
    return true;
  }

  private static int length(String value, int from) {
    String text = value.substring(from);
    return text.matches("\\d{1,3}") ? Integer.parseInt(text) : -1;
  }
}
