package dev.zdd.flags;

import dev.zdd.core.http.EndpointResponse;
import dev.zdd.core.page.Badge;
import dev.zdd.core.page.Block;
import dev.zdd.core.page.Content;
import dev.zdd.core.page.Fact;
import dev.zdd.core.page.Facts;
import dev.zdd.core.page.FormPage;
import dev.zdd.core.page.Link;
import dev.zdd.core.page.Note;
import dev.zdd.core.page.Table;
import dev.zdd.core.page.Tone;
import dev.zdd.core.page.Value;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link FlagChangePage} shows of what the store holds.
 *
 * @param admin named as the place where it is
 * @param present what the store holds
 * @param who who looks
 */
record FlagChangeView(FlagAdmin admin, PresentFlags present, String who) {
  private static final Link ALL = new Link("all flags", "?");

  /** A page that says no. */
  static EndpointResponse refusal(int status, String word, String why) {
    return FormPage.of(status, "Flags", new Content(new Badge(Tone.BAD, word), why, List.of()));
  }

  /** The store did not say. */
  static EndpointResponse unknown(String why) {
    return FormPage.of(
        504,
        "Flags",
        new Content(
            new Badge(Tone.BAD, "unknown"),
            "It is not known whether that was written, or will be: " + why,
            List.of(
                new Note("Look at what the store holds before you try again."),
                new Facts(List.of(Fact.of("go on", ALL))))));
  }

  /** Every flag with a way to its page. */
  EndpointResponse list() {
    List<List<Value>> rows = new ArrayList<>();
    present.snapshot().definitions().stream()
        .sorted(Comparator.comparing(FlagDefinition::key))
        .forEach(flag ->
            rows.add(
                List.of(
                    new Link(flag.key(), "?" + FlagChanges.query(flag.key())),
                    Value.of(flag.owner() == null ? "" : flag.owner()),
                    badge(flag))));
    List<Block> blocks = new ArrayList<>();
    blocks.add(new Facts(place()));
    blocks.add(new Table("Flags", List.of("flag", "owner", "state"), rows, 0));
    if (rows.size() > Block.MOST_ROWS) {
      blocks.add(new Note("The others: add ?flag=KEY to this page's address."));
    }
    String count = rows.size() + (rows.size() == 1 ? " flag" : " flags") + " that can be changed";
    return FormPage.of(200, "Flags", new Content(new Badge(Tone.NEUTRAL, "flags"), count, blocks));
  }

  /**
   * One flag, and what can be done with it.
   *
   * @param done the version that the last change has made; null if there was none
   */
  EndpointResponse flag(String key, @Nullable String done) {
    FlagDefinition flag = present.flag(key);
    if (flag == null) {
      return missing(key);
    }
    // Only what is true whoever has made the link: it may come from anywhere.
    boolean written = Long.toString(present.revision().version()).equals(done);
    String headline =
        (written ? "Written: the store holds version " + done + " now. " : "") + about(flag);
    Badge badge = written ? new Badge(Tone.GOOD, "written") : badge(flag);
    return FormPage.of(200, key, new Content(badge, headline, withForms(flag, null)));
  }

  /** What was typed cannot be taken: it stands there still, to be put right. */
  EndpointResponse wrong(String key, FlagChangeForm typed, String why) {
    FlagDefinition flag = present.flag(key);
    if (flag == null) {
      return missing(key);
    }
    return FormPage.of(
        400,
        key,
        new Content(
            new Badge(Tone.BAD, "not written"),
            why + ". Nothing was written.",
            withForms(flag, typed)));
  }

  /** Somebody else was faster. */
  EndpointResponse conflict(String key, FlagChangeForm form) {
    FlagDefinition flag = present.flag(key);
    FlagChangeForm.Seen now = flag == null ? null : FlagChangeForm.Seen.of(flag);
    List<Block> blocks = new ArrayList<>();
    blocks.add(
        new Facts(
            List.of(
                Fact.of("you wanted", wanted(form)),
                Fact.of("because", form.why()),
                Fact.of("upon", form.expected().toString()),
                Fact.of("the store holds", present.revision().toString()))));
    if (now == null) {
      blocks.add(new Note("This flag is not there any more."));
    } else if (now.equals(form.seen())) {
      blocks.add(new Note("This flag is as you saw it: another one was changed."));
    } else if (now.enabled().equals(form.seen().enabled())
        && now.percentage().equals(form.seen().percentage())) {
      blocks.add(
          new Note("This flag was changed in something else than its state and percentage."));
    } else {
      blocks.add(
          new Table(
              "What has become of this flag",
              List.of("", "you saw", "now"),
              List.of(
                  row("enabled", form.seen().enabled(), now.enabled()),
                  row("percentage", form.seen().percentage(), now.percentage())),
              0));
    }
    blocks.add(
        new Facts(
            List.of(
                Fact.of(
                    "go on",
                    flag == null
                        ? ALL
                        : new Link("look at it as it is now", "?" + FlagChanges.query(key))))));
    return FormPage.of(
        409,
        key,
        new Content(
            new Badge(Tone.WARNING, "not written"),
            "The flags were changed since you opened this page. Nothing was written.",
            blocks));
  }

  private EndpointResponse missing(String key) {
    boolean isRetired = present.snapshot().retired().contains(key);
    return FormPage.of(
        404,
        "Flags",
        new Content(
            new Badge(Tone.BAD, "not found"),
            "flag: "
                + Quoted.of(key)
                + (isRetired ? " is retired" : "")
                + " (expected: one that the store holds)",
            List.of(new Facts(List.of(Fact.of("go on", ALL))))));
  }

  private static String wanted(FlagChangeForm form) {
    return switch (form.action()) {
      case OFF -> "to turn it off";
      case ON -> "to turn it on";
      case PERCENTAGE -> "the percentage " + Quoted.of(form.percentage());
    };
  }

  private static List<Value> row(String name, String seen, String now) {
    return List.of(Value.of(name), Value.of(seen), Value.of(now));
  }

  private List<Block> withForms(FlagDefinition flag, @Nullable FlagChangeForm typed) {
    List<Block> blocks = new ArrayList<>(FlagChangeForm.forms(flag, present.revision(), typed));
    List<Fact> facts = new ArrayList<>(FlagFacts.of(flag));
    facts.add(0, Fact.of("type", flag.type().text()));
    if (flag.owner() != null) {
      facts.add(0, Fact.of("owner", flag.owner()));
    }
    blocks.add(new Facts(facts));
    List<Fact> place = new ArrayList<>(place());
    place.add(Fact.of("more", ALL));
    blocks.add(new Facts(place));
    return blocks;
  }

  private List<Fact> place() {
    return List.of(
        Fact.of("you are", who),
        Fact.of("what is changed", admin.place()),
        Fact.of("it holds", present.revision().toString()));
  }

  private static String about(FlagDefinition flag) {
    if (!flag.enabled()) {
      return "It is off for everybody.";
    }
    return flag.percentage() == null
        ? "It is on for those whom lists and rules say, and all others."
        : "It is on for those whom lists and rules say, and "
            + flag.percentage()
            + " of all others.";
  }

  private static Badge badge(FlagDefinition flag) {
    return FlagsSection.state(flag);
  }
}
