package dev.zdd.core.page;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * What a section shows at one moment.
 *
 * @param badge how it is altogether; the worst of the sections' is the page's colour
 * @param headline the one sentence that somebody needs who is woken by it: "orders-db is down"
 * @param blocks everything else, the most important first
 */
public record Content(Badge badge, String headline, List<Block> blocks) {
  /** Copies the blocks. */
  public Content {
    requireNonNull(badge, "badge");
    requireNonNull(headline, "headline");
    blocks = List.copyOf(blocks);
  }
}
