package dev.zdd.examples.demo;

import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.util.List;

/** Shows the demo while it runs. Called by two threads: the story's and the refresher's. */
interface Display extends AutoCloseable {
  /** Something happened that is worth a line. */
  void event(String what);

  /** Shows how things stand; called a few times per second. */
  void refresh(List<Instance> instances, Tally tally);

  @Override
  void close();

  /** Drawn in place on a terminal, line by line elsewhere. */
  static Display on(PrintStream out, Timeline timeline) {
    return isTerminal() ? new LiveDisplay(out, timeline) : new LineDisplay(out, timeline);
  }

  @SuppressWarnings("SystemConsoleNull") // what it says of Java 22 is what is done here
  private static boolean isTerminal() {
    if (System.console() == null || "dumb".equals(System.getenv("TERM"))) {
      return false;
    }
    try {
      // Since Java 22 there is a console without a terminal, and a method that tells.
      return (boolean) java.io.Console.class.getMethod("isTerminal").invoke(System.console());
    } catch (NoSuchMethodException before22) {
      return true;
    } catch (IllegalAccessException | InvocationTargetException e) {
      return false;
    }
  }
}
