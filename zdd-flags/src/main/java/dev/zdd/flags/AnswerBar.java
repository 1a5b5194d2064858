package dev.zdd.flags;

import dev.zdd.core.page.Bar;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A small picture of what a flag has answered in this process: its variants, or on and off. */
final class AnswerBar {
  private AnswerBar() {}

  static Bar of(Flag flag) {
    Map<String, Long> variants = flag.variantCounts();
    long on = flag.on();
    long all = on + flag.off() + flag.noUnit();
    List<Bar.Part> parts = new ArrayList<>();
    if (variants.isEmpty()) {
      add(parts, "on", on, all);
    } else {
      variants.forEach((name, count) -> add(parts, name, count, all));
    }
    double off = all == 0 ? 0 : 100.0 * (all - on) / all;
    return new Bar(
        parts, all == 0 ? "not asked yet" : String.format(Locale.ROOT, "off %.1f %%", off));
  }

  private static void add(List<Bar.Part> parts, String what, long count, long all) {
    // The counters are read one after the other, while others count.
    double share = all == 0 ? 0 : Math.min(1, (double) count / all);
    parts.add(new Bar.Part(String.format(Locale.ROOT, "%s %.1f %%", what, 100 * share), share));
  }
}
