package dev.zdd.flags;

/** Values that an operator can compare with. */
final class SampleValues {
  private SampleValues() {}

  static String[] of(Operator operator) {
    return switch (operator) {
      case EXISTS -> new String[0];
      case VERSION_EQUALS, VERSION_BELOW, VERSION_AT_MOST, VERSION_ABOVE, VERSION_AT_LEAST ->
          new String[] {"1.0.0"};
      case BEFORE, AFTER -> new String[] {"2027-01-31"};
      case CIDR -> new String[] {"10.0.0.0/8"};
      case MATCHES -> new String[] {"^(x|y|1)*$"};
      default -> new String[] {"1"};
    };
  }
}
