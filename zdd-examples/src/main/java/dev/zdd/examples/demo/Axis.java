package dev.zdd.examples.demo;

import java.util.ArrayList;
import java.util.List;

/**
 * A linear scale from values to pixels, with round numbers to label it.
 *
 * @param low the value at {@code start}
 * @param high the value at {@code end}
 * @param start a pixel
 * @param end another; below {@code start} for an axis that grows upwards
 */
record Axis(double low, double high, double start, double end) {
  private static final double[] ROUND = {1, 2, 5, 10};

  double at(double value) {
    return start + (value - low) / (high - low) * (end - start);
  }

  /** Values to label: multiples of 1, 2 or 5 × 10^n, at most {@code most} steps apart. */
  List<Double> ticks(int most) {
    double step = step(high - low, most);
    List<Double> ticks = new ArrayList<>();
    // Whole multiples: adding up steps would add up their errors.
    for (long i = (long) Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
      ticks.add(i * step);
    }
    return ticks;
  }

  /** An axis from 0 to the round number above {@code highest}. */
  static Axis upTo(double highest, int steps, double start, double end) {
    double reach = Math.max(highest, 1e-3);
    double step = step(reach, steps);
    return new Axis(0, Math.ceil(reach / step - 1e-9) * step, start, end);
  }

  private static double step(double length, int most) {
    double magnitude = Math.pow(10, Math.floor(Math.log10(length / most)));
    for (double round : ROUND) {
      if (length / (round * magnitude) <= most) {
        return round * magnitude;
      }
    }
    return 10 * magnitude;
  }
}
