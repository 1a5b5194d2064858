package dev.zdd.flags;

import static java.time.temporal.ChronoUnit.DAYS;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Finds what is stale, from evidence and limits, at one moment. Knows no clock and no file. */
final class StaleJudgement {
  private static final Comparator<StaleFinding> ORDER =
      Comparator.comparing((StaleFinding finding) -> !finding.failing())
          .thenComparing(StaleFinding::kind)
          .thenComparing(StaleFinding::flag);

  private final StaleEvidence evidence;
  private final StaleLimits limits;
  private final Instant now;
  private final LocalDate today;
  private final Map<String, FlagDefinition> defined = new HashMap<>();
  private final List<StaleFinding> findings = new ArrayList<>();

  private StaleJudgement(StaleEvidence evidence, StaleLimits limits, Instant now) {
    this.evidence = evidence;
    this.limits = limits;
    this.now = now;
    this.today = LocalDate.ofInstant(now, ZoneOffset.UTC);
    evidence.snapshot().definitions().forEach(flag -> defined.put(flag.key(), flag));
  }

  static List<StaleFinding> of(StaleEvidence evidence, StaleLimits limits, Instant now) {
    StaleJudgement judgement = new StaleJudgement(evidence, limits, now);
    judgement.judgeAges();
    judgement.judgeKeysInUse();
    judgement.judgeUnreferenced();
    judgement.judgeEvaluations();
    return judgement.findings.stream()
        .filter(finding -> !limits.ignored().contains(finding.kind()))
        .sorted(ORDER)
        .toList();
  }

  private void judgeAges() {
    Set<String> keys = new TreeSet<>(defined.keySet());
    keys.addAll(evidence.declared().keySet());
    keys.removeAll(evidence.snapshot().retired()); // which have a finding of their own
    for (String key : keys) {
      LocalDate expires = expires(key);
      if (expires != null) {
        judgeExpiry(key, expires);
      }
      FlagDefinition flag = defined.get(key);
      FlagType type = type(key);
      if (flag != null && !type.isPermanent()) {
        if (expires == null) {
          judgeLifetime(flag, type);
        }
        judgeFullyOn(flag);
      }
    }
  }

  private void judgeExpiry(String key, LocalDate expires) {
    if (expires.isBefore(today)) {
      add(
          StaleKind.EXPIRED,
          key,
          expires,
          true,
          "its last day has passed",
          "remove it from the code, or agree on another day with its owner");
    } else if (!expires.minusDays(limits.warnDays()).isAfter(today)) {
      add(
          StaleKind.EXPIRES_SOON,
          key,
          null,
          false,
          "its last day is " + expires,
          "plan its removal");
    }
  }

  private void judgeLifetime(FlagDefinition flag, FlagType type) {
    LocalDate born = flag.created() == null ? seen(flag.key()) : flag.created();
    Integer days = limits.lifetimes().get(type);
    if (born != null && days != null && born.plusDays(days).isBefore(today)) {
      add(
          StaleKind.OVERDUE,
          flag.key(),
          born.plusDays(days),
          true,
          "it is of type " + type.text() + ", over " + days + " days old, and has no expiry",
          "remove it from the code, or give it an expiry");
    }
  }

  private void judgeFullyOn(FlagDefinition flag) {
    if (!Everyone.has(flag, now)) {
      return;
    }
    FlagMemory.Remembered remembered = remembered(flag.key());
    LocalDate since = remembered == null ? notBefore(flag) : remembered.fullyOn();
    if (since == null || since.plusDays(limits.fullyOnDays()).isAfter(today)) {
      return;
    }
    // A memory knows. A flag's age only says what may be: it may have been on for all since today.
    boolean isKnown = remembered != null;
    add(
        StaleKind.FULLY_ON,
        flag.key(),
        since,
        isKnown,
        isKnown
            ? "it has been on for everyone for " + DAYS.between(since, today) + " days"
            : "it is on for everyone, perhaps since that day (a memory would know)",
        "remove it and the way without it from the code");
  }

  private static @Nullable LocalDate notBefore(FlagDefinition flag) {
    LocalDate created = flag.created();
    Instant from = flag.from();
    LocalDate begun = from == null ? null : LocalDate.ofInstant(from, ZoneOffset.UTC);
    return created == null || (begun != null && begun.isAfter(created)) ? begun : created;
  }

  private void judgeKeysInUse() {
    Set<String> used = new TreeSet<>(evidence.declared().keySet());
    if (evidence.evaluations() != null) {
      used.addAll(evidence.evaluations().keySet());
    }
    for (String key : used) {
      boolean isDeclared = evidence.declared().containsKey(key);
      if (evidence.snapshot().retired().contains(key)) {
        addRetired(
            key, true, isDeclared ? "the code declares a retired key" : "asked for though retired");
      } else if (!defined.containsKey(key)) {
        add(
            StaleKind.UNDEFINED,
            key,
            null,
            true,
            isDeclared ? "the code declares it, nothing defines it" : "asked for, but not defined",
            "remove it from the code, which gets its own default, or define it");
      }
    }
    if (evidence.places() != null) {
      evidence
          .places()
          .forEach((key, place) -> {
            if (evidence.snapshot().retired().contains(key) && !used.contains(key)) {
              // A text that equals a key need not be one.
              addRetired(key, false, "stands in " + place + " though retired");
            }
          });
    }
  }

  private void addRetired(String key, boolean failing, String why) {
    add(
        StaleKind.RETIRED,
        key,
        null,
        failing,
        why,
        "remove it from the code; another flag takes another key");
  }

  private void judgeUnreferenced() {
    Map<String, Long> evaluations = evidence.evaluations();
    boolean isKnown =
        evaluations == null
            ? evidence.places() != null || !evidence.declared().isEmpty()
            : hasRunLongEnough();
    if (!isKnown) {
      return;
    }
    Set<String> used = new HashSet<>(evidence.declared().keySet());
    if (evaluations != null) {
      used.addAll(evaluations.keySet());
    }
    if (evidence.places() != null) {
      used.addAll(evidence.places().keySet());
    }
    for (FlagDefinition flag : defined.values()) {
      flag.requires().forEach(requirement -> used.add(requirement.flag()));
    }
    for (String key : defined.keySet()) {
      if (!used.contains(key)) {
        add(
            StaleKind.UNREFERENCED,
            key,
            started(),
            true,
            "defined, but the program does not use it",
            "once no running instance asks for it, retire its key");
      }
    }
  }

  private void judgeEvaluations() {
    Map<String, Long> evaluations = evidence.evaluations();
    if (evaluations == null || !hasRunLongEnough()) {
      return;
    }
    Set<String> known = new TreeSet<>(evaluations.keySet());
    known.addAll(evidence.declared().keySet());
    known.retainAll(defined.keySet());
    for (String key : known) {
      if (evaluations.getOrDefault(key, 0L) == 0) {
        add(
            StaleKind.NEVER_EVALUATED,
            key,
            started(),
            false,
            "never evaluated since the program started",
            "find out whether its code is still reached");
      }
    }
  }

  private boolean hasRunLongEnough() {
    Instant started = evidence.started();
    return started != null && !started.plus(limits.unusedFor()).isAfter(now);
  }

  private @Nullable LocalDate started() {
    Instant started = evidence.started();
    return started == null ? null : LocalDate.ofInstant(started, ZoneOffset.UTC);
  }

  private FlagMemory.@Nullable Remembered remembered(String key) {
    return evidence.remembered() == null ? null : evidence.remembered().get(key);
  }

  private @Nullable LocalDate seen(String key) {
    FlagMemory.Remembered remembered = remembered(key);
    return remembered == null ? null : remembered.seen();
  }

  // Below: the definition's word, and the code's where it has none.

  private @Nullable String owner(String key) {
    FlagDefinition flag = defined.get(key);
    FlagKey declared = evidence.declared().get(key);
    return flag != null && flag.owner() != null
        ? flag.owner()
        : declared == null ? null : declared.owner();
  }

  private @Nullable LocalDate expires(String key) {
    FlagDefinition flag = defined.get(key);
    FlagKey declared = evidence.declared().get(key);
    return flag != null && flag.expires() != null
        ? flag.expires()
        : declared == null ? null : declared.expires();
  }

  private FlagType type(String key) {
    FlagDefinition flag = defined.get(key);
    FlagKey declared = evidence.declared().get(key);
    // A definition that says nothing is of type release.
    return flag != null && (flag.type() != FlagType.RELEASE || declared == null)
        ? flag.type()
        : declared == null ? FlagType.RELEASE : declared.type();
  }

  private void add(
      StaleKind kind,
      String key,
      @Nullable LocalDate since,
      boolean failing,
      String why,
      String advice) {
    findings.add(new StaleFinding(kind, key, owner(key), since, failing, why, advice));
  }
}
