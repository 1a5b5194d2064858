package dev.zdd.flags;

import org.jspecify.annotations.Nullable;

/**
 * Who saw what in one step of a flag, in this process.
 *
 * <p>Where the percentage is {@code p} and an id's bucket {@code u} of {@code n}, and {@code t} the
 * first bucket that is out: {@code seen} are the ids with {@code u < t}, and {@code beside} those
 * with {@code t <= u < min(2t, n)}. Up to 50 % the bands are equally wide; above, {@code beside} is
 * what is left, and nobody at 100 %. So compare rates, and mind how little a small band says. An
 * id's bucket is a hash: the two are alike but for the flag.
 *
 * @param percentage the step's; null if the flag has none or is unknown, and then nobody counts
 * @param since the version of the snapshot in which this process saw the step first, which begins
 *     with {@link FlagRevision#version} and "-" where the source is a Redis or a file that {@link
 *     FlagAdmin} wrote; null before the first
 * @param seen those for whom it was on
 * @param beside those just outside
 */
public record ExposureCounts(
    @Nullable Percentage percentage, @Nullable String since, Band seen, Band beside) {
  /**
   * One band's.
   *
   * @param total how often it ended, well or not
   * @param errors how often it failed
   * @param slow how often it took longer than the threshold, well or not
   */
  public record Band(long total, long errors, long slow) {}
}
