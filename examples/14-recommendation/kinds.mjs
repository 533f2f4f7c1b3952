/** @file Twelve kinds of things, and sixteen names of each. */
export const kinds = {
  fruit:
    'apple, pear, plum, cherry, peach, apricot, banana, mango, grape, melon, lemon, orange, fig, kiwi, papaya, raspberry',
  vegetable:
    'carrot, potato, onion, cabbage, leek, spinach, turnip, radish, celery, broccoli, lettuce, garlic, pumpkin, asparagus, parsnip, beetroot',
  tool: 'hammer, saw, chisel, wrench, pliers, screwdriver, drill, axe, shovel, rake, crowbar, clamp, trowel, mallet, spanner, sickle',
  instrument:
    'violin, piano, flute, trumpet, guitar, cello, harp, drum, clarinet, oboe, trombone, banjo, accordion, tuba, mandolin, saxophone',
  animal: 'horse, cow, sheep, goat, pig, dog, cat, rabbit, donkey, camel, lion, tiger, bear, wolf, fox, elephant',
  bird: 'eagle, sparrow, robin, crow, owl, swan, pigeon, parrot, heron, stork, falcon, raven, gull, finch, penguin, pelican',
  fish: 'salmon, trout, herring, cod, tuna, carp, pike, perch, eel, sardine, mackerel, haddock, sturgeon, anchovy, halibut, flounder',
  vehicle:
    'car, bus, truck, bicycle, motorcycle, tram, train, tractor, van, taxi, scooter, wagon, ambulance, lorry, limousine, jeep',
  drink:
    'coffee, tea, milk, beer, wine, cider, lemonade, cocoa, whisky, brandy, rum, vodka, champagne, juice, water, gin',
  sport:
    'football, tennis, golf, cricket, rugby, hockey, boxing, fencing, rowing, sailing, judo, archery, badminton, baseball, volleyball, wrestling',
  clothing:
    'shirt, trousers, coat, jacket, skirt, dress, hat, scarf, glove, sock, shoe, boot, sweater, tie, belt, blouse',
  metal:
    'iron, copper, silver, gold, tin, lead, zinc, nickel, platinum, aluminium, steel, bronze, brass, titanium, chromium, tungsten',
};
