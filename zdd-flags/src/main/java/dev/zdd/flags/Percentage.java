package dev.zdd.flags;

import java.util.regex.Pattern;

/**
 * A share of the users, from 0 % to 100 % in steps of 0.0001 %. An integer inside, so that 12.5 %
 * is 12.5 % and not the double next to it.
 *
 * @param ppm the share in millionths: 1 is 0.0001 %, {@value #ALL_PPM} is 100 %
 */
public record Percentage(int ppm) {
  static final int ALL_PPM = 1_000_000;
  private static final int PPM_OF_A_PERCENT = 10_000;
  private static final int DECIMALS = 4;
  private static final String EXPECTED =
      " (expected: 0 to 100 with at most " + DECIMALS + " decimals, as 12.5)";
  private static final Pattern TEXT =
      Pattern.compile("(0|[1-9][0-9]{0,2})(?:\\.([0-9]{1," + DECIMALS + "}))?");

  /** Refuses what is not from 0 to {@value #ALL_PPM}. */
  public Percentage {
    if (ppm < 0 || ppm > ALL_PPM) {
      throw new IllegalArgumentException("ppm: " + ppm + " (expected: 0 to " + ALL_PPM + ")");
    }
  }

  /**
   * Reads decimal text: digits, and after a point at most four more. No sign, exponent, space or
   * percent sign.
   *
   * @throws IllegalArgumentException if it is anything else, or over 100
   */
  public static Percentage parse(String text) {
    var matcher = TEXT.matcher(text);
    if (matcher.matches()) {
      String decimals = matcher.group(2) == null ? "" : matcher.group(2);
      int ppm =
          Integer.parseInt(matcher.group(1)) * PPM_OF_A_PERCENT
              + Integer.parseInt((decimals + "0000").substring(0, DECIMALS));
      if (ppm <= ALL_PPM) {
        return new Percentage(ppm);
      }
    }
    throw new IllegalArgumentException("percentage: " + Quoted.of(text) + EXPECTED);
  }

  /**
   * How many parts of a whole.
   *
   * @throws IllegalArgumentException if it is between two of them
   */
  int outOf(int whole, String bucketer) {
    int step = ALL_PPM / whole;
    if (ppm % step != 0) {
      throw new IllegalArgumentException(
          "percentage: "
              + this
              + " (expected with bucketer "
              + Quoted.of(bucketer)
              + ": steps of "
              + new Percentage(step)
              + ")");
    }
    return ppm / step;
  }

  /** As {@link #parse} reads it, in its shortest form, and " %": "12.5 %". */
  @Override
  public String toString() {
    String decimals = Integer.toString(PPM_OF_A_PERCENT + ppm % PPM_OF_A_PERCENT).substring(1);
    return (ppm / PPM_OF_A_PERCENT + "." + decimals).replaceFirst("\\.?0+$", "") + " %";
  }
}
