package dev.zdd.flags;

import java.util.Locale;
import java.util.function.ToLongFunction;

/**
 * The places of one salt, cut into parts one after another: immutable. An id's place depends on the
 * id and the salt alone, so moving a cut moves nobody but those between the old one and the new.
 */
final class Division {
  // From here on a place says less to a reader than its share of the whole.
  private static final long MANY = 1L << 32;

  /** One part that is all. */
  static final Division WHOLE = new Division(id -> 0, 1);

  private final ToLongFunction<String> places;
  private final long size;
  private final long[] ends;

  /**
   * Parts of a scale.
   *
   * @param places where an id stands, 0 to {@code size}
   * @param size how many places the scale has
   * @param ends the first place behind each part, not falling; behind the last of them begins the
   *     part that takes the rest
   */
  Division(ToLongFunction<String> places, long size, long... ends) {
    this.places = places;
    this.size = size;
    this.ends = ends;
  }

  /** Where an id stands. */
  long place(String id) {
    return places.applyAsLong(id);
  }

  /** The part that a place is in, counted from 0. */
  int part(long place) {
    int part = 0;
    while (part < ends.length && place >= ends[part]) {
      part++;
    }
    return part;
  }

  /** The first place behind the first part. */
  long end() {
    return ends[0];
  }

  /** How many places there are. */
  long size() {
    return size;
  }

  /** A place in words: "bucket 21 of 100", "bucket 749486259 of 2^32 (17.4503 %)". */
  String text(long place) {
    if (size < MANY) {
      return "bucket " + place + " of " + size;
    }
    // All scales that long are powers of two.
    int bits = Long.numberOfTrailingZeros(size);
    return String.format(
        Locale.ROOT, "bucket %d of 2^%d (%.4f %%)", place, bits, Math.scalb(place * 100.0, -bits));
  }
}
