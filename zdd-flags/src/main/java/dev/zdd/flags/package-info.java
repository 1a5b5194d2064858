/**
 * Feature flags. Read {@link dev.zdd.flags.Flags} first, then {@link dev.zdd.flags.Flag}, which is
 * all that the request path sees. How users fall into a percentage is specified in {@code
 * docs/bucketing.md}, the file format in {@code docs/flags.md}.
 *
 * <p>Where the next line belongs:
 *
 * <table>
 * <caption>Files by what they do</caption>
 * <tr><td>{@code Flags}, {@code Flag}, {@code Decision}, {@code Reason}</td><td>what an application
 *     asks</td></tr>
 * <tr><td>{@code PreparedSnapshot}, {@code Evaluator}, {@code Ending}, {@code Rollout}, {@code
 *     Prerequisites}</td><td>how it is decided</td></tr>
 * <tr><td>{@code Bucketing}, and a file for each: {@code Zdd1}, {@code Unleash}, {@code Split},
 *     …</td><td>where an id falls</td></tr>
 * <tr><td>{@code FlagSnapshot}, {@code FlagDefinition}, {@code Rule}, {@code Condition}, {@code
 *     Operator}, {@code Segment}</td><td>what a flag is defined as</td></tr>
 * <tr><td>{@code FlagDocument}, {@code DocumentReader}, {@code FlagDocumentWriter}</td><td>the JSON
 *     of that</td></tr>
 * <tr><td>{@code …FlagSource}, {@code Redis…}, {@code Http…}, {@code Confidence}, {@code
 *     LastKnownGood}</td><td>where snapshots come from, and what if they don't</td></tr>
 * <tr><td>{@code …Override…}</td><td>what beats every source on one machine</td></tr>
 * <tr><td>{@code FlagStore}, {@code FlagAdmin}, {@code FlagAudit}; {@code FlagChange…}, {@code
 *     SameOrigin}</td><td>changing flags; in the browser</td></tr>
 * <tr><td>{@code FlagExposures}, {@code Exposure…}, {@code FlagRollout}</td><td>the port for
 *     rollouts</td></tr>
 * <tr><td>{@code FlagKey}, {@code Stale…}, {@code NoStaleFlags}</td><td>keys in code, and flags that
 *     should be gone</td></tr>
 * <tr><td>{@code ImportFlags}, {@code UnleashImport}, {@code FlagdImport} and their
 *     parts</td><td>taking over from others</td></tr>
 * <tr><td>{@code OpenFeature…}</td><td>OpenFeature's SDK</td></tr>
 * <tr><td>{@code FlagsSection}, {@code FlagFreshness}, {@code FlagMetrics}</td><td>what people,
 *     readiness and meters are told</td></tr>
 * </table>
 */
@NullMarked
package dev.zdd.flags;

import org.jspecify.annotations.NullMarked;
