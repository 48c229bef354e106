package orders;

/** What an order is made of. */
public record Wanted(String item) {}
