package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNullElse;

import dev.zdd.core.http.FormFields;
import dev.zdd.core.page.Badge;
import dev.zdd.core.page.Form;
import dev.zdd.core.page.Tone;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What somebody wants of a flag, and what he saw when he decided it. Whether his reason and his
 * percentage are any good is not looked at here.
 *
 * @param action what is to be done
 * @param percentage as it was typed; empty if the action has none
 * @param why as it was typed
 * @param expected what the store held when the page was made
 * @param seen the flag as the page showed it
 */
record FlagChangeForm(
    Action action, String percentage, String why, FlagRevision expected, Seen seen) {
  enum Action {
    OFF,
    ON,
    PERCENTAGE
  }

  /** As much of a flag as tells later what has become of it; {@code digest} is of all of it. */
  record Seen(String enabled, String percentage, String digest) {
    static Seen of(FlagDefinition flag) {
      Percentage percentage = flag.percentage();
      return new Seen(
          flag.enabled() ? "yes" : "no",
          percentage == null ? "none" : percentage.toString(),
          Sha256.hex(FlagDocumentWriter.line(flag).getBytes(UTF_8)));
    }
  }

  /**
   * Reads what the browser has sent.
   *
   * @throws IllegalArgumentException if a field is missing, or is not as the page has made it
   */
  static FlagChangeForm of(FormFields fields) {
    String action = required(fields, "action");
    for (Action one : Action.values()) {
      if (one.name().equals(action)) {
        return new FlagChangeForm(
            one,
            one == Action.PERCENTAGE ? required(fields, "percentage") : "",
            required(fields, "why"),
            new FlagRevision(
                version(required(fields, "version")),
                required(fields, "epoch"),
                required(fields, "write")),
            new Seen(
                required(fields, "seen-enabled"),
                required(fields, "seen-percentage"),
                required(fields, "seen-digest")));
      }
    }
    throw new IllegalArgumentException(
        "action: " + Quoted.of(action) + " (expected: OFF, ON or PERCENTAGE)");
  }

  private static String required(FormFields fields, String name) {
    String value = fields.get(name);
    if (value == null) {
      throw new IllegalArgumentException(name + ": missing (expected: as the page sends it)");
    }
    return value;
  }

  private static long version(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "version: " + Quoted.of(text) + " (expected: a whole number, as the page sends it)", e);
    }
  }

  /**
   * The forms for a flag as it is now: the one switch that makes a difference, and its percentage.
   *
   * @param typed what was typed already and could not be taken; null if nothing was
   */
  static List<Form> forms(
      FlagDefinition flag, FlagRevision revision, @Nullable FlagChangeForm typed) {
    Action other = flag.enabled() ? Action.OFF : Action.ON;
    Percentage percentage = flag.percentage();
    List<Form> forms = new ArrayList<>();
    forms.add(
        new Form(
            flag.enabled() ? "Turn it off" : "Turn it on",
            flag.enabled()
                ? "Off for everybody, whatever lists, rules and percentage say, and so for the flags"
                    + " that require it."
                : "On for those whom lists, rules and percentage say.",
            hidden(flag, revision, other),
            List.of(why(other, typed)),
            flag.enabled() ? new Badge(Tone.BAD, "Turn off") : new Badge(Tone.GOOD, "Turn on")));
    forms.add(
        new Form(
            "Set the percentage",
            "Of those whom neither lists nor rules decide."
                + (flag.enabled() ? "" : " The flag stays off."),
            hidden(flag, revision, Action.PERCENTAGE),
            List.of(
                new Form.Field(
                    "percentage",
                    "Percentage: 0 to 100 with at most 4 decimals, as 12.5",
                    typed != null && typed.action == Action.PERCENTAGE
                        ? typed.percentage
                        : percentage == null ? "" : percentage.toString().replace(" %", ""),
                    8),
                why(Action.PERCENTAGE, typed)),
            new Badge(Tone.NEUTRAL, "Set")));
    return forms;
  }

  private static Form.Field why(Action action, @Nullable FlagChangeForm typed) {
    String value = typed != null && typed.action == action ? typed.why : "";
    return new Form.Field(
        "why", "Reason, for the audit log", requireNonNullElse(value, ""), FlagChange.LONGEST_WHY);
  }

  private static Map<String, String> hidden(
      FlagDefinition flag, FlagRevision revision, Action action) {
    Seen seen = Seen.of(flag);
    return Map.of(
        "action", action.name(),
        "version", Long.toString(revision.version()),
        "epoch", revision.epoch(),
        "write", revision.write(),
        "seen-enabled", seen.enabled,
        "seen-percentage", seen.percentage,
        "seen-digest", seen.digest);
  }
}
