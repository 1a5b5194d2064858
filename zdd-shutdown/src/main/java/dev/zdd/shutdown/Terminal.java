package dev.zdd.shutdown;

import java.io.Console;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/** Whether a person sits in front of this process. */
final class Terminal {
  private Terminal() {}

  // On 17 to 21 a null console is the answer; later ones are asked below.
  @SuppressWarnings("SystemConsoleNull")
  static boolean attached() {
    Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      // Since 22 there may be a console without a terminal, and Console.isTerminal() to ask.
      return (boolean)
          MethodHandles.publicLookup()
              .findVirtual(Console.class, "isTerminal", MethodType.methodType(boolean.class))
              .invokeExact(console);
    } catch (NoSuchMethodException e) {
      return true; // before 22 a console is a terminal
    } catch (Throwable t) {
      return false;
    }
  }
}
